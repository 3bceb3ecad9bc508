import { isDirect } from '../../../protocol/room.ts'
import type { Message } from '../../sdk/timeline.ts'
import type { ChatSession } from '../chat-session.ts'
import { count, shortened } from '../format.ts'
import type { OpenRoom } from '../open-room.ts'
import { type Command, firstNumber, firstWord, quoted, UsageError } from './command.ts'
import { directTo, names } from './direct.ts'

const EMOJI = ['👍', '❤️', '😂', '🎉', '👀', '🙏', '🚀']

export const msg: Command = {
  usage: 'NAME TEXT',
  about: 'send NAME a direct message; "quote" a NAME with spaces',
  complete: (session, words) => (words.length === 0 ? names(session).map(quoted) : []),
  async run(session, rest) {
    const { word, rest: text } = firstWord(rest)
    const name = await directTo(session, word.replace(/^@/, ''))
    if (!text) throw new UsageError(`Enter a message: /msg ${quoted(word)} TEXT`)
    const known = session.rooms.has(name)
    const room = await session.enter(name, 0)
    if (!known) room.shown = room.timeline.newest ?? 0
    void session.track(session.chat.send(name, text), text)
  },
}

export const reply: Command = {
  usage: 'N TEXT',
  about: 'reply to message N',
  run(session, rest) {
    const { room, message, text } = targetOf(session, rest)
    if (!text) throw new UsageError('Enter a message: /reply N TEXT')
    void session.track(session.chat.send(room.name, text, { replyTo: message.seq }), text)
  },
}

export const edit: Command = {
  usage: '[N] TEXT',
  about: 'change message N, or your last one, to TEXT',
  run(session, rest) {
    const { room, message, text } = targetOf(session, rest, session.me)
    if (!text) throw new UsageError('Enter the new text: /edit [N] TEXT')
    void session.track(session.chat.edit(room.name, message.seq, text), `/edit ${message.seq} ${text}`)
  },
}

const remove: Command = {
  usage: '[N]',
  about: 'delete message N, or your last one',
  run(session, rest) {
    const { room, message, text } = targetOf(session, rest, session.me)
    if (text) throw new UsageError(`Enter only the number: /delete N, without "${shortened(text, 20)}".`)
    void session.track(session.chat.delete(room.name, message.seq), `/delete ${message.seq}`)
  },
}

export { remove as delete }

export const react: Command = {
  usage: '[N] EMOJI',
  about: 'add or remove a reaction to N, or to the last one',
  complete: () => EMOJI,
  run(session, rest) {
    const { room, message, text } = targetOf(session, rest)
    if (!text) throw new UsageError('Enter an emoji: /react [N] 👍')
    const reacted = message.reactions.find(({ emoji }) => emoji === text)?.users.some(({ id }) => id === session.me)
    void session.track(session.chat.react(room.name, message.seq, text, !reacted), `/react ${message.seq} ${text}`)
  },
}

export const broadcast: Command = {
  usage: 'TEXT',
  about: 'send TEXT to every room you have joined',
  run(session, rest) {
    if (!rest) throw new UsageError('Enter a message: /broadcast TEXT')
    const all = [...session.rooms.keys()].filter((room) => !isDirect(room))
    const sends = all.map((room) => session.track(session.chat.send(room, rest), rest))
    void Promise.all(sends).then((succeeded) => {
      const rooms = all.filter((_, i) => succeeded[i])
      session.note(
        `sent to ${count(rooms.length)} of ${count(all.length)} rooms: ${rooms.map((room) => session.title(room)).join(' ')}`,
      )
    })
  },
}

/** The message that a command refers to: by its number, or else the newest one, of the user `by` if given. */
function targetOf(session: ChatSession, line: string, by?: string): { room: OpenRoom; message: Message; text: string } {
  const { room } = session
  if (!room) throw new UsageError('You have not joined a room. Join one with /join ROOM.')
  const { seq, rest } = firstNumber(line)
  const message = seq === undefined ? room.newest(by) : room.timeline.find(seq)
  if (message) return { room, message, text: rest.trim() }
  if (seq === undefined) throw new UsageError('There is no message yet.')
  throw new UsageError(
    `Message #${seq} was not found. The number is shown before the author. Type /older to load older messages.`,
  )
}
