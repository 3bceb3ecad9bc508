/** Where a room is on this page: `/#/room/lobby`. */
const ADDRESS = /^#(?:\/room\/)?([^/]+)$/

export const addressOf = (room: string): string => `#/room/${room}`

/** The address of the list of rooms, which fills a narrow screen. */
export const ROOMS = '#/'

/** The room that the page's address names, if it names one. */
export function addressed(): string | undefined {
  const [, name] = ADDRESS.exec(location.hash) ?? []
  try {
    return name && decodeURIComponent(name)
  } catch {
    return undefined
  }
}

/** What somebody else can be given, to come to the same room. */
export const linkTo = (room: string): string => `${location.origin}${location.pathname}${addressOf(room)}`
