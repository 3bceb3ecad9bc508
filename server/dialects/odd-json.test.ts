import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { events } from './events.ts'
import { json } from './json.ts'
import type { Guest, LobbyDialect } from './lobby.ts'
import type { StatsCache } from './stats-cache.ts'
import { text } from './text.ts'

const statsCache = {
  now: () => 1_000,
  othersInLobby: async () => 1,
  stats: async () => ({ connected: 1, messages: 2, uptimeMs: 3 }),
} as unknown as StatsCache

const dialects: [string, LobbyDialect][] = [
  ['text', text],
  ['json', json],
  ['events', events(statsCache)],
]

/** Arbitrary frames: JSON that resembles the messages of a dialect, other JSON and other text. */
const key = fc.oneof(
  fc.constantFrom('type', 'content', 'Content', 'username', 'sender', 'message', 'from', 'timestamp', 'action'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', ''),
  fc.string({ unit: 'grapheme' }),
)
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('chat', 'broadcast', 'ping', 'custom', 'get_stats', '__proto__', '\ud800'),
)
const frame = fc.oneof(
  fc.array(fc.tuple(key, value)).map((fields) => JSON.stringify(Object.fromEntries(fields))),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.nat(8_000).map((depth) => `{"type":"ping","timestamp":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  fc.nat(2_600).map((depth) => '{"content":'.repeat(depth)),
)

test.each(dialects)('%s: handles any frame without throwing, with exactly one effect', async (_, dialect) => {
  await fc.assert(
    fc.asyncProperty(frame, async (frame) => {
      const effects: string[] = []
      const guest: Guest = {
        user: { id: 'x', name: 'Ada' },
        send: async (message) => {
          if (dialect !== text) expect(message.isWellFormed()).toBe(true)
          effects.push('send')
        },
        reply: (frame) => {
          if (dialect !== text) JSON.parse(frame)
          effects.push('reply')
        },
        retry: (work) => work(),
        rename: async () => {},
        closeInvalid: () => void effects.push('close'),
      }
      await dialect.handle(frame, guest)
      expect(effects).toHaveLength(1)
    }),
    { numRuns: 2_000 },
  )
})
