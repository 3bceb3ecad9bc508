import { z } from 'zod'
import { firstJsonValue } from './first-json-value.ts'
import type { LobbyDialect } from './lobby.ts'

const optionalText = z.string().nullish()
const Message = z.object({ content: optionalText, username: optionalText }).nullable()

/** `/ws/json`: messages `{"content", "username"}`. The server sets the username. */
export const json: LobbyDialect = {
  name: (_, { port }) => `Port${port}`,
  greeting: ({ name }) => line('Welcome to the chat!', name),

  async handle(text, guest) {
    const { success, data } = Message.safeParse(parsed(text))
    if (!success) return guest.closeInvalid('Expected a JSON object with strings as "content" and "username".')
    await guest.send((data?.content ?? '').toWellFormed())
  },

  encode: ({ by, text }) => line(text, by.name),
}

/**
 * Undefined unless the text starts with a JSON object or null. Keys are case-insensitive; the last non-null duplicate
 * wins.
 */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(firstJsonValue(text) ?? '')
    if (typeof value !== 'object' || value === null) return value
    const known = Object.entries(value).filter(([, field]) => field !== null)
    return Object.fromEntries(known.map(([key, field]) => [key.toLowerCase(), field]))
  } catch {
    return undefined
  }
}

/** Encodes a message as Go's encoding/json does. */
function line(content: string, username: string): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify({ content, username }).replace(/[<>&\u2028\u2029]/g, escaped)}\n`
}
