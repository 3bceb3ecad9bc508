# One image: a node. The edge and Redis are their own unmodified images (docker-compose.yml).

FROM node:26.13.0-bookworm-slim AS build
WORKDIR /hubbub
COPY package.json package-lock.json .npmrc run.mjs ./
COPY server/local/setup server/local/setup
RUN node run.mjs install
COPY . .
RUN node run.mjs build

# The same, without what only building needs.
FROM build AS production
RUN npm prune --omit=dev

FROM node:26.13.0-bookworm-slim
WORKDIR /hubbub
COPY --from=production /hubbub/node_modules node_modules
COPY --from=build /hubbub/dist dist
COPY package.json ./
# A volume takes over whose folder this is.
RUN mkdir logs && chown node:node logs
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
CMD ["node", "dist/server/main.js"]
