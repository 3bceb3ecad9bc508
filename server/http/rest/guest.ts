import { createHash } from 'node:crypto'
import type { User } from '../../../protocol/people.ts'

/**
 * Prefix of REST guest ids, which have 28 characters. Issued user ids have 20, so no senderId maps to a signed-in user or
 * to a guest of another protocol.
 */
const REST = 'rest'

/** The guest for a senderId sent without a token. The id is a hash of the senderId, so every node returns the same guest. */
export function guestOf(senderId: string): User {
  const digest = createHash('sha256').update(`hubbub REST guest\n${senderId}`).digest('hex')
  return { id: REST + BigInt(`0x${digest}`).toString(36).padStart(50, '0').slice(-24), name: senderId }
}

/** The senderId to show for a user: the one that a REST guest sent, or the user's id. */
export const senderIdOf = ({ id, name }: User): string => (id.startsWith(REST) && guestOf(name).id === id ? name : id)

/** Whether an id has the form of a REST guest's id. Responses never contain one, so in a request it is a senderId. */
export const isGuestId = (id: string): boolean => id.startsWith(REST) && id.length === 28
