/** Without a schema, so that a page can say what is wrong with a name while it is typed, and stays small. */
export const ROOM_NAME_MAX_CHARS = 64
export const ROOM_NAME = new RegExp(`^[a-z0-9][a-z0-9:_-]{0,${ROOM_NAME_MAX_CHARS - 1}}$`)
