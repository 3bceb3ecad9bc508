import { directRoom } from '../../../protocol/room.ts'
import type { ChatSession } from '../chat-session.ts'
import { quoted, UsageError } from './command.ts'

/** The labels of all known users except the own one. */
export const names = (session: ChatSession): string[] =>
  session.people.labels.filter((label) => !session.people.find(label).includes(session.me))

/** Resolves with the direct room with the user of that name. */
export async function directTo(session: ChatSession, name: string): Promise<string> {
  if (!name) throw new UsageError('Enter the name of a user. Press Tab to complete names.')
  const called = session.people.find(name).filter((id) => id !== session.me)
  const present = called.filter((id) => isPresent(session, id))
  // Users who are online in a joined room take precedence over others of the same name.
  const ids = present.length > 0 ? present : called
  const [id] = ids
  if (id === undefined)
    throw new UsageError(`No user named ${name} was found. Type /who to list the members of this room.`)
  if (ids.length > 1) {
    const labels = ids.map((each) => quoted(session.people.label(each)))
    throw new UsageError(`There are ${ids.length} users named ${name}. Use ${labels.join(' or ')}.`)
  }
  const known = directRoom(session.me, id)
  return session.rooms.has(known) ? known : session.chat.openDirect(id)
}

const isPresent = ({ rooms }: ChatSession, id: string): boolean =>
  [...rooms.values()].some(({ members = [] }) => members.some((member) => member.id === id))
