import type { ChatSession } from './chat-session.ts'
import { count, list, shortened } from './format.ts'
import { visible } from './visible.ts'

/** A command that is pending for less than this is considered in flight, and not shown. */
const IN_FLIGHT_MS = 1_000

/**
 * The line above the prompt: connection, users online, typing, unread and unsent messages. At most `width` characters.
 */
export function statusLine(session: ChatSession, width: number): string {
  const { colors, chat } = session
  const { state, storeAway } = chat.state
  const parts = [connection(session), onlineCount(session), typing(session), unread(session), waiting(session)].filter(
    Boolean,
  )
  const text = shortened(parts.join(' · '), Math.max(1, width))
  return state === 'live' && !storeAway ? colors.dim(text) : colors.warn(text)
}

export const promptOf = (session: ChatSession): string =>
  `${session.colors.bold(session.current ? session.title(session.current) : '(no room)')}> `

function connection({ chat }: ChatSession): string {
  const { state, node = '', transport, storeAway } = chat.state
  if (state === 'offline') return 'offline, reconnecting'
  if (state === 'connecting') return 'connecting'
  if (state === 'refused') return 'access denied'
  const on = `${visible(node)} over ${transport}`
  if (storeAway) return `${on}, store unavailable`
  return state === 'live' ? on : `${on}, catching up`
}

const onlineCount = ({ room }: ChatSession): string => (room ? `${count(room.online)} online` : '')

function typing({ room }: ChatSession): string {
  if (!room || room.typingCount === 0) return ''
  return `${list(room.typing, room.typingCount)} ${room.typingCount > 1 ? 'are' : 'is'} typing…`
}

function unread(session: ChatSession): string {
  const rooms = [...session.rooms.values()].filter((room) => room.unread > 0)
  return rooms.map(({ name, unread }) => `${count(unread)} new in ${session.title(name)}`).join(', ')
}

function waiting({ chat, rooms }: ChatSession): string {
  const old = Date.now() - IN_FLIGHT_MS
  const pendingCommands = [...rooms.keys()].flatMap((room) => chat.pendingCommands(room))
  const waits = pendingCommands.filter(({ writtenAt = 0 }) => writtenAt < old).length
  return waits > 0 ? `${count(waits)} unsent` : ''
}
