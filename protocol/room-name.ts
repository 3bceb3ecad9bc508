/** No zod schema here, so that the page can validate a name while it is typed without bundling zod. */
export const ROOM_NAME_MAX_CHARS = 64
export const ROOM_NAME = new RegExp(`^[a-z0-9][a-z0-9:_-]{0,${ROOM_NAME_MAX_CHARS - 1}}$`)
