import { isDirect, RoomName } from '../../../protocol/room.ts'
import type { ChatSession } from '../chat-session.ts'
import { count, shortened } from '../format.ts'
import { visible } from '../visible.ts'
import { type Command, firstWord, quoted, UsageError } from './command.ts'
import { directTo, names } from './direct.ts'

const PREVIEW_CHARS = 48
const OLDER_MESSAGES = 50

const roomNames = (session: ChatSession) =>
  [...new Set([...session.listed, ...session.rooms.keys()])].filter((room) => !isDirect(room))

export const join: Command = {
  usage: 'ROOM, or @NAME',
  about: 'switch to a room, and join it if necessary',
  complete: (session) => [...roomNames(session), ...names(session).map((name) => quoted(`@${name}`))],
  async run(session, rest) {
    const { word } = firstWord(rest.replace(/^@"/, '"@'))
    if (session.chat.state.state !== 'live') session.note('will join when connected')
    if (word.startsWith('@')) return session.open(await directTo(session, word.slice(1)))
    const { data, error } = RoomName.safeParse(word.replace(/^#/, '').toLowerCase())
    if (error) throw new UsageError(`A room name ${error.issues[0]?.message}.`)
    await session.open(data)
  },
}

export const leave: Command = {
  usage: '[ROOM]',
  about: 'leave this room, or another one',
  complete: (session) => [...session.rooms.keys()].filter((room) => !isDirect(room)),
  run(session, rest) {
    const name = firstWord(rest).word.replace(/^#/, '') || session.current
    if (!session.rooms.has(name))
      throw new UsageError(`You have not joined ${name || 'a room'}. Type /rooms to list all rooms.`)
    return session.leave(name)
  },
}

export const rooms: Command = {
  usage: '',
  about: 'list all rooms, with unread messages',
  async run(session) {
    const { rooms, next } = await session.chat.rooms()
    session.listed = rooms.map(({ room }) => room)
    for (const { room, online, unread, last } of rooms) {
      const newMessages = (session.rooms.get(room)?.unread ?? unread) || 0
      const preview = last ? `${visible(last.by.name)}: ${shortened(visible(last.text ?? ''), PREVIEW_CHARS)}` : ''
      const mark = room === session.current ? '*' : session.rooms.has(room) ? '+' : ' '
      const details = [`${count(online)} online`, ...(newMessages > 0 ? [`${count(newMessages)} new`] : [])].join(', ')
      session.print(` ${mark} ${session.colors.bold(session.title(room))}  ${details}  ${session.colors.dim(preview)}`)
    }
    if (next !== undefined) session.note(`only the first ${rooms.length} rooms are shown`)
  },
}

export const who: Command = {
  usage: '',
  about: 'list the members of this room, with their status',
  async run(session) {
    const { room } = session
    if (!room) throw new UsageError('You have not joined a room. Join one with /join ROOM.')
    const { members, online } = await session.chat.members(room.name)
    session.people.add(members)
    for (const { id, status } of members) {
      const you = id === session.me ? ' (you)' : ''
      session.print(
        `   ${session.colors.name(id, session.people.label(id))}${you}${status === 'online' ? '' : session.colors.dim(` ${status}`)}`,
      )
    }
    const others = online - members.length
    if (others > 0) session.note(`and ${count(others)} others`)
  },
}

export const older: Command = {
  usage: '',
  about: 'load older messages of this room',
  async run(session) {
    const { room } = session
    if (!room) throw new UsageError('You have not joined a room. Join one with /join ROOM.')
    const before = room.timeline.oldest ?? 1
    const page = before > 1 ? await session.chat.history(room.name, { before, limit: OLDER_MESSAGES }) : undefined
    session.people.add(page?.entries.map(({ by }) => by) ?? [])
    room.timeline.add(page?.entries ?? [])
    const found = room.timeline.messages.filter(({ seq }) => seq < before)
    for (const message of found) session.show(message, room)
    session.note(found.length > 0 ? 'older messages loaded' : 'no older messages')
  },
}
