import { z } from 'zod'
import { NAME_MAX_CHARS } from '../../protocol/limits.ts'
import { UserName } from '../../protocol/people.ts'
import type { Guest, LobbyDialect } from './lobby.ts'
import type { StatsCache } from './stats-cache.ts'

const HEARTBEAT_MS = 10_000

const optionalText = z.string().nullish()
const optionalName = z.union([z.string(), z.number()]).nullish()
const Chat = z.object({ sender: optionalName, content: optionalText })
const Broadcast = z.object({ from: optionalName, message: optionalText })
const Ping = z.object({ timestamp: z.unknown().optional() })

/** `/ws/events`: JSON messages with a `type`. Invalid messages get an error reply, and the connection stays open. */
export function events(statsCache: StatsCache): LobbyDialect {
  const timestamp = (at = statsCache.now()) => new Date(at).toISOString()

  /** Handlers by message type. A message without a type is a chat message. */
  const handlers: Record<string, (message: unknown, guest: Guest) => Promise<void>> = {
    async chat(message, guest) {
      const { sender, content } = Chat.parse(message)
      await rename(guest, sender)
      await guest.send((content ?? '').toWellFormed())
    },

    async broadcast(message, guest) {
      const { from, message: text } = Broadcast.parse(message)
      await rename(guest, from)
      await guest.send((text ?? '').toWellFormed(), await guest.retry(() => statsCache.othersInLobby()))
    },

    async ping(message, guest) {
      // The timestamp of the client is returned, so that it can measure the round-trip time.
      const { timestamp: clientTimestamp = timestamp() } = Ping.parse(message)
      const server_time = statsCache.now() / 1_000
      guest.reply(JSON.stringify({ type: 'pong', client_id: guest.user.id, timestamp: clientTimestamp, server_time }))
    },

    async custom(message, guest) {
      if ((message as { action?: unknown }).action !== 'get_stats') return guest.reply(error('Unknown message type'))
      const { connected, messages, uptimeMs } = await guest.retry(() => statsCache.stats())
      const stats = { connected_clients: connected, server_uptime: uptimeMs / 1_000, total_messages: messages }
      guest.reply(JSON.stringify({ type: 'stats', ...stats, timestamp: timestamp() }))
    },
  }

  return {
    name: (id) => `Guest ${id.slice(-4)}`,

    greeting: ({ id }) => {
      const message = 'Welcome to the WebSocket server!'
      return JSON.stringify({ type: 'welcome', client_id: id, message, timestamp: timestamp() })
    },

    async handle(text, guest) {
      const message = parsed(text)
      if (!message) return guest.reply(error('Invalid JSON format'))
      const { type = 'chat' } = message
      if (typeof type !== 'string' || !Object.hasOwn(handlers, type)) return guest.reply(error('Unknown message type'))
      try {
        await handlers[type]!(message, guest)
      } catch (cause) {
        // A RangeError: a timestamp that is nested too deeply cannot be serialized.
        if (!(cause instanceof z.ZodError || cause instanceof RangeError)) throw cause
        guest.reply(error('Invalid JSON format'))
      }
    },

    encode({ by, text, at, recipients }, own) {
      if (recipients !== undefined) {
        const type = own ? 'broadcast_ack' : 'broadcast'
        return JSON.stringify({ type, from_client: by.id, message: text, timestamp: timestamp(at), recipients })
      }
      const chat = { type: 'chat', client_id: by.id, sender: by.name, content: text, timestamp: timestamp(at) }
      return JSON.stringify(own ? { ...chat, echo: true } : chat)
    },

    heartbeat: {
      everyMs: HEARTBEAT_MS,
      async frame() {
        const { connected } = await statsCache.stats()
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

/** Renames the guest to the requested sender name, if that is a valid user name. */
async function rename(guest: Guest, requested: string | number | null | undefined): Promise<void> {
  const name = UserName.safeParse([...`${requested ?? ''}`.trim()].slice(0, NAME_MAX_CHARS).join(''))
  if (name.success) await guest.rename(name.data)
}

/** Undefined unless the text is a JSON object. */
function parsed(text: string): { type?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
