import { directRoom } from '../../../protocol/room.ts'
import type { ChatSession } from '../talk.ts'
import { quoted, UsageError } from './command.ts'

/** Whom one can write to: everybody that was heard of, but oneself. */
export const names = (talk: ChatSession): string[] =>
  talk.people.labels.filter((label) => !talk.people.find(label).includes(talk.me))

/** The direct room of oneself and somebody of that name. */
export async function directTo(talk: ChatSession, name: string): Promise<string> {
  if (!name) throw new UsageError('Say whom: Tab completes names.')
  const called = talk.people.find(name).filter((id) => id !== talk.me)
  const present = called.filter((id) => isPresent(talk, id))
  // Of several, whoever is here is meant.
  const ids = present.length > 0 ? present : called
  const [id] = ids
  if (id === undefined) throw new UsageError(`Nobody here is called ${name}; /who lists who is in this room.`)
  if (ids.length > 1) {
    const labels = ids.map((each) => quoted(talk.people.label(each)))
    throw new UsageError(`There are ${ids.length} called ${name}: say ${labels.join(' or ')}.`)
  }
  const known = directRoom(talk.me, id)
  return talk.rooms.has(known) ? known : talk.chat.openDirect(id)
}

const isPresent = ({ rooms }: ChatSession, id: string): boolean =>
  [...rooms.values()].some(({ members = [] }) => members.some((member) => member.id === id))
