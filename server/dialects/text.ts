import type { LobbyDialect } from './lobby.ts'

/**
 * `/ws`: plain text. Each message is sent unchanged to all users, including its sender. There is no greeting, since
 * clients would take it for the reply to their first message.
 */
export const text: LobbyDialect = {
  name: (id) => `Guest ${id.slice(-4)}`,
  handle: (text, guest) => guest.send(text),
  encode: ({ text }) => text,
}
