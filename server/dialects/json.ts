import { z } from 'zod'
import { firstJsonValue } from './first-json-value.ts'
import type { LobbyDialect } from './lobby.ts'

const aText = z.string().nullish()
const Message = z.object({ content: aText, username: aText }).nullable()

/** `/ws/json`: `{"content", "username"}`, where the server says who it is. */
export const json: LobbyDialect = {
  name: (_, { port }) => `Port${port}`,
  greeting: ({ name }) => line('Welcome to the chat!', name),

  async hear(text, guest) {
    const { success, data } = Message.safeParse(parsed(text))
    if (!success) return guest.misunderstood('One JSON object at a time, with texts as content and username.')
    await guest.say((data?.content ?? '').toWellFormed())
  },

  show: ({ by, text }) => line(text, by.name),
}

/** Undefined for what begins with no JSON object. Keys in any case; of several, the last one that says something. */
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

/** As Go's encoding/json writes it. */
function line(content: string, username: string): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify({ content, username }).replace(/[<>&\u2028\u2029]/g, escaped)}\n`
}
