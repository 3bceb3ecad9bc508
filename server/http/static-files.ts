import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import express, { type RequestHandler, type Response, type Router } from 'express'
import { precompressed, setContentEncoding } from './precompressed.ts'

const YEAR_S = 365 * 86_400

/** Serves the browser client as built by Vite; file names under /assets contain a content hash and are cached for a year. */
export function staticFiles(clientDir: string): Router {
  const root = resolve(clientDir)
  const router = express.Router().use(securityHeaders)
  if (!existsSync(join(root, 'index.html'))) {
    return router.get('/', (_req, res) => {
      res
        .status(404)
        .type('text')
        .send(`The browser client is not built: ${clientDir} has no index.html. Build it with: npm run build\n`)
    })
  }
  const cached = (cacheControl: string) => (res: Response, path: string) => {
    res.set('Cache-Control', cacheControl)
    setContentEncoding(res, path)
  }
  const assets = { index: false, setHeaders: cached(`public, max-age=${YEAR_S}, immutable`) } as const
  // `extensions` maps /cluster to cluster.html, a separate page, so that the chat does not load the chart code.
  const pages = { extensions: ['html'], setHeaders: cached('no-cache') }
  return router
    .use(precompressed(root))
    .use('/assets', express.static(join(root, 'assets'), assets))
    .use(express.static(root, pages))
}

/** Content Security Policy Level 3: same-origin resources only, nothing inline, no framing. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({ 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' })
  next()
}
