import { isDirect, RoomName } from '../../../protocol/room.ts'
import { count, shortened } from '../format.ts'
import type { ChatSession } from '../talk.ts'
import { visible } from '../visible.ts'
import { type Command, firstWord, quoted, UsageError } from './command.ts'
import { directTo, names } from './direct.ts'

const LAST_CHARS = 48
const OLDER_MESSAGES = 50

const roomNames = (talk: ChatSession) =>
  [...new Set([...talk.listed, ...talk.rooms.keys()])].filter((room) => !isDirect(room))

export const join: Command = {
  usage: 'ROOM, or @NAME',
  about: 'look at a room, and join it if need be',
  complete: (talk) => [...roomNames(talk), ...names(talk).map((name) => quoted(`@${name}`))],
  async run(talk, rest) {
    const { word } = firstWord(rest.replace(/^@"/, '"@'))
    if (talk.chat.state.state !== 'live') talk.note('waits until there is a connection')
    if (word.startsWith('@')) return talk.open(await directTo(talk, word.slice(1)))
    const { data, error } = RoomName.safeParse(word.replace(/^#/, '').toLowerCase())
    if (error) throw new UsageError(`A room's name ${error.issues[0]?.message}.`)
    await talk.open(data)
  },
}

export const leave: Command = {
  usage: '[ROOM]',
  about: 'leave this room, or another one',
  complete: (talk) => [...talk.rooms.keys()].filter((room) => !isDirect(room)),
  run(talk, rest) {
    const name = firstWord(rest).word.replace(/^#/, '') || talk.current
    if (!talk.rooms.has(name)) throw new UsageError(`You are not in ${name || 'any room'}; /rooms lists them.`)
    return talk.leave(name)
  },
}

export const rooms: Command = {
  usage: '',
  about: 'all rooms, and what is new in them',
  async run(talk) {
    const { rooms, next } = await talk.chat.rooms()
    talk.listed = rooms.map(({ room }) => room)
    for (const { room, online, unread, last } of rooms) {
      const news = (talk.rooms.get(room)?.unread ?? unread) || 0
      const words = last ? `${visible(last.by.name)}: ${shortened(visible(last.text ?? ''), LAST_CHARS)}` : ''
      const mark = room === talk.current ? '*' : talk.rooms.has(room) ? '+' : ' '
      const facts = [`${count(online)} here`, ...(news > 0 ? [`${count(news)} new`] : [])].join(', ')
      talk.print(` ${mark} ${talk.paint.bold(talk.title(room))}  ${facts}  ${talk.paint.dim(words)}`)
    }
    if (next !== undefined) talk.note(`there are more rooms than these ${rooms.length}`)
  },
}

export const who: Command = {
  usage: '',
  about: 'who is in this room, and their status',
  async run(talk) {
    const { room } = talk
    if (!room) throw new UsageError('You are in no room; /join one.')
    const { members, online } = await talk.chat.members(room.name)
    talk.people.add(members)
    for (const { id, status } of members) {
      const you = id === talk.me ? ' (you)' : ''
      talk.print(
        `   ${talk.paint.name(id, talk.people.label(id))}${you}${status === 'online' ? '' : talk.paint.dim(` ${status}`)}`,
      )
    }
    const others = online - members.length
    if (others > 0) talk.note(`and ${count(others)} others`)
  },
}

export const older: Command = {
  usage: '',
  about: 'older messages of this room',
  async run(talk) {
    const { room } = talk
    if (!room) throw new UsageError('You are in no room; /join one.')
    const before = room.timeline.oldest ?? 1
    const page = before > 1 ? await talk.chat.history(room.name, { before, limit: OLDER_MESSAGES }) : undefined
    talk.people.add(page?.entries.map(({ by }) => by) ?? [])
    room.timeline.add(page?.entries ?? [])
    const found = room.timeline.messages.filter(({ seq }) => seq < before)
    for (const message of found) talk.show(message, room)
    talk.note(found.length > 0 ? 'these are the older ones' : 'there are no older ones')
  },
}
