import type { LobbyDialect } from './lobby.ts'

/**
 * `/ws`: what one sends, everybody gets as it is, the sender included. No greeting: clients would take it for their
 * answer.
 */
export const text: LobbyDialect = {
  name: (id) => `Guest ${id.slice(-4)}`,
  hear: (text, guest) => guest.say(text),
  show: ({ text }) => text,
}
