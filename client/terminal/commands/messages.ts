import { isDirect } from '../../../protocol/room.ts'
import type { Message } from '../../sdk/timeline.ts'
import { count, shortened } from '../format.ts'
import type { OpenRoom } from '../open-room.ts'
import type { ChatSession } from '../talk.ts'
import { type Command, firstNumber, firstWord, quoted, UsageError } from './command.ts'
import { directTo, names } from './direct.ts'

const EMOJI = ['👍', '❤️', '😂', '🎉', '👀', '🙏', '🚀']

export const msg: Command = {
  usage: 'NAME TEXT',
  about: 'say TEXT to NAME alone; "quote" a NAME with spaces',
  complete: (talk, words) => (words.length === 0 ? names(talk).map(quoted) : []),
  async run(talk, rest) {
    const { word, rest: text } = firstWord(rest)
    const name = await directTo(talk, word.replace(/^@/, ''))
    if (!text) throw new UsageError(`Say what: /msg ${quoted(word)} TEXT`)
    const known = talk.rooms.has(name)
    const room = await talk.enter(name, 0)
    if (!known) room.shown = room.timeline.newest ?? 0
    void talk.track(talk.chat.send(name, text), text)
  },
}

export const reply: Command = {
  usage: 'N TEXT',
  about: 'answer message N',
  run(talk, rest) {
    const { room, message, text } = meant(talk, rest)
    if (!text) throw new UsageError('Say what: /reply N TEXT')
    void talk.track(talk.chat.send(room.name, text, { replyTo: message.seq }), text)
  },
}

export const edit: Command = {
  usage: '[N] TEXT',
  about: 'change message N, or your last one, to TEXT',
  run(talk, rest) {
    const { room, message, text } = meant(talk, rest, talk.me)
    if (!text) throw new UsageError('Say what it should be: /edit [N] TEXT')
    void talk.track(talk.chat.edit(room.name, message.seq, text), `/edit ${message.seq} ${text}`)
  },
}

const remove: Command = {
  usage: '[N]',
  about: 'delete message N, or your last one',
  run(talk, rest) {
    const { room, message, text } = meant(talk, rest, talk.me)
    if (text) throw new UsageError(`Say the number alone: /delete N, not "${shortened(text, 20)}".`)
    void talk.track(talk.chat.delete(room.name, message.seq), `/delete ${message.seq}`)
  },
}

export { remove as delete }

export const react: Command = {
  usage: '[N] EMOJI',
  about: 'react to N, or to the last one; again takes it off',
  complete: () => EMOJI,
  run(talk, rest) {
    const { room, message, text } = meant(talk, rest)
    if (!text) throw new UsageError('Say with what: /react [N] 👍')
    const mine = message.reactions.find(({ emoji }) => emoji === text)?.users.some(({ id }) => id === talk.me)
    void talk.track(talk.chat.react(room.name, message.seq, text, !mine), `/react ${message.seq} ${text}`)
  },
}

export const broadcast: Command = {
  usage: 'TEXT',
  about: 'say TEXT in every room you have joined',
  run(talk, rest) {
    if (!rest) throw new UsageError('Say what: /broadcast TEXT')
    const all = [...talk.rooms.keys()].filter((room) => !isDirect(room))
    const said = all.map((room) => talk.track(talk.chat.send(room, rest), rest))
    void Promise.all(said).then((ends) => {
      const rooms = all.filter((_, i) => ends[i])
      talk.note(
        `said in ${count(rooms.length)} of ${count(all.length)} rooms: ${rooms.map((room) => talk.title(room)).join(' ')}`,
      )
    })
  },
}

/** The message that a command is about: the one whose number is written, or the newest, of `by` if given. */
function meant(talk: ChatSession, line: string, by?: string): { room: OpenRoom; message: Message; text: string } {
  const { room } = talk
  if (!room) throw new UsageError('You are in no room; /join one.')
  const { seq, rest } = firstNumber(line)
  const message = seq === undefined ? room.newest(by) : room.timeline.find(seq)
  if (message) return { room, message, text: rest.trim() }
  if (seq === undefined) throw new UsageError('There is no message yet that it could be about.')
  throw new UsageError(
    `There is no message #${seq} here; its number stands before its author. /older shows older ones.`,
  )
}
