import { count, list, shortened } from './format.ts'
import type { ChatSession } from './talk.ts'
import { visible } from './visible.ts'

/** A letter that waits no longer than this is just under way. */
const UNDER_WAY_MS = 1_000

/** The line above the prompt: connection, people, typing, other rooms, what waits. At most `width` characters. */
export function statusLine(talk: ChatSession, width: number): string {
  const { paint, chat } = talk
  const { state, storeAway } = chat.state
  const parts = [connection(talk), onlineCount(talk), typing(talk), unread(talk), waiting(talk)].filter(Boolean)
  const text = shortened(parts.join(' · '), Math.max(1, width))
  return state === 'live' && !storeAway ? paint.dim(text) : paint.warn(text)
}

export const promptOf = (talk: ChatSession): string =>
  `${talk.paint.bold(talk.current ? talk.title(talk.current) : '(no room)')}> `

function connection({ chat }: ChatSession): string {
  const { state, node = '', transport, storeAway } = chat.state
  if (state === 'offline') return 'offline, trying again'
  if (state === 'connecting') return 'connecting'
  if (state === 'refused') return 'not let in'
  const on = `${visible(node)} by ${transport}`
  if (storeAway) return `${on}, store away`
  return state === 'live' ? on : `${on}, catching up`
}

const onlineCount = ({ room }: ChatSession): string => (room ? `${count(room.online)} here` : '')

function typing({ room }: ChatSession): string {
  if (!room || room.typingCount === 0) return ''
  return `${list(room.typing, room.typingCount)} ${room.typingCount > 1 ? 'are' : 'is'} typing…`
}

function unread(talk: ChatSession): string {
  const rooms = [...talk.rooms.values()].filter((room) => room.unread > 0)
  return rooms.map(({ name, unread }) => `${count(unread)} new in ${talk.title(name)}`).join(', ')
}

function waiting({ chat, rooms }: ChatSession): string {
  const old = Date.now() - UNDER_WAY_MS
  const pendingCommands = [...rooms.keys()].flatMap((room) => chat.pendingCommands(room))
  const waits = pendingCommands.filter(({ writtenAt = 0 }) => writtenAt < old).length
  return waits > 0 ? `${count(waits)} waiting to be sent` : ''
}
