import { z } from 'zod'
import { NAME_MAX_CHARS } from '../../protocol/limits.ts'
import { UserName } from '../../protocol/people.ts'
import type { Guest, LobbyDialect } from './lobby.ts'
import type { StatsCache } from './stats-cache.ts'

const HEARTBEAT_MS = 10_000

const aText = z.string().nullish()
const named = z.union([z.string(), z.number()]).nullish()
const Chat = z.object({ sender: named, content: aText })
const Broadcast = z.object({ from: named, message: aText })
const Ping = z.object({ timestamp: z.unknown().optional() })

/** `/ws/events`: JSON with a `type`. What is wrong is answered, and the connection stays. */
export function events(statsCache: StatsCache): LobbyDialect {
  const timestamp = (at = statsCache.now()) => new Date(at).toISOString()

  /** What each type of message does; a message without one is a chat. */
  const hearing: Record<string, (message: unknown, guest: Guest) => Promise<void>> = {
    async chat(message, guest) {
      const { sender, content } = Chat.parse(message)
      await call(guest, sender)
      await guest.say((content ?? '').toWellFormed())
    },

    async broadcast(message, guest) {
      const { from, message: text } = Broadcast.parse(message)
      await call(guest, from)
      await guest.say((text ?? '').toWellFormed(), await guest.ask(() => statsCache.others()))
    },

    async ping(message, guest) {
      // Its own timestamp goes back, so that it can tell how long it took.
      const { timestamp: theirs = timestamp() } = Ping.parse(message)
      const server_time = statsCache.now() / 1_000
      guest.answer(JSON.stringify({ type: 'pong', client_id: guest.user.id, timestamp: theirs, server_time }))
    },

    async custom(message, guest) {
      if ((message as { action?: unknown }).action !== 'get_stats') return guest.answer(error('Unknown message type'))
      const { connected, messages, uptimeMs } = await guest.ask(() => statsCache.figures())
      const figures = { connected_clients: connected, server_uptime: uptimeMs / 1_000, total_messages: messages }
      guest.answer(JSON.stringify({ type: 'stats', ...figures, timestamp: timestamp() }))
    },
  }

  return {
    name: (id) => `Guest ${id.slice(-4)}`,

    greeting: ({ id }) => {
      const message = 'Welcome to the WebSocket server!'
      return JSON.stringify({ type: 'welcome', client_id: id, message, timestamp: timestamp() })
    },

    async hear(text, guest) {
      const message = parsed(text)
      if (!message) return guest.answer(error('Invalid JSON format'))
      const { type = 'chat' } = message
      if (typeof type !== 'string' || !Object.hasOwn(hearing, type)) return guest.answer(error('Unknown message type'))
      try {
        await hearing[type]!(message, guest)
      } catch (wrong) {
        // A timestamp that is nested too deeply cannot be written again: a RangeError.
        if (!(wrong instanceof z.ZodError || wrong instanceof RangeError)) throw wrong
        guest.answer(error('Invalid JSON format'))
      }
    },

    show({ by, text, at, recipients }, own) {
      if (recipients !== undefined) {
        const type = own ? 'broadcast_ack' : 'broadcast'
        return JSON.stringify({ type, from_client: by.id, message: text, timestamp: timestamp(at), recipients })
      }
      const said = { type: 'chat', client_id: by.id, sender: by.name, content: text, timestamp: timestamp(at) }
      return JSON.stringify(own ? { ...said, echo: true } : said)
    },

    heartbeat: {
      everyMs: HEARTBEAT_MS,
      async frame() {
        const { connected } = await statsCache.figures()
        const server_status = 'running'
        return JSON.stringify({
          type: 'heartbeat',
          timestamp: timestamp(),
          server_status,
          connected_clients: connected,
        })
      },
    },
  }
}

const error = (message: string): string => JSON.stringify({ type: 'error', message })

/** A sender is called as they wish, as far as that is a name here. */
async function call(guest: Guest, wish: string | number | null | undefined): Promise<void> {
  const name = UserName.safeParse([...`${wish ?? ''}`.trim()].slice(0, NAME_MAX_CHARS).join(''))
  if (name.success) await guest.rename(name.data)
}

/** Undefined for what is no JSON object. */
function parsed(text: string): { type?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
