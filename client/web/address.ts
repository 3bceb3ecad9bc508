/** The URL fragment of a room: `#/room/lobby`. `#lobby` is accepted as well. */
const ADDRESS = /^#(?:\/room\/)?([^/]+)$/

export const addressOf = (room: string): string => `#/room/${room}`

/** The fragment of the room list, which is a view of its own on narrow screens. */
export const ROOM_LIST_ADDRESS = '#/'

/** The room named by `location.hash`; undefined without a room, or if it is not valid percent-encoding. */
export function roomInAddress(): string | undefined {
  const [, name] = ADDRESS.exec(location.hash) ?? []
  try {
    return name && decodeURIComponent(name)
  } catch {
    return undefined
  }
}

/** The absolute URL of a room, for sharing. */
export const linkTo = (room: string): string => `${location.origin}${location.pathname}${addressOf(room)}`
