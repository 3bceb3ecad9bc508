import { createHash } from 'node:crypto'
import type { User } from '../../../protocol/people.ts'

/**
 * Ids of this door's guests are 28 long and begin with this, those that Hubbub hands out are 20 long: no senderId makes
 * somebody who signed in, or a guest of another door.
 */
const REST = 'rest'

/** The person that a senderId without a token names: the same one on every node, always. */
export function guestOf(senderId: string): User {
  const digest = createHash('sha256').update(`hubbub REST guest\n${senderId}`).digest('hex')
  return { id: REST + BigInt(`0x${digest}`).toString(36).padStart(50, '0').slice(-24), name: senderId }
}

/** The senderId as its owner knows it: the one that they sent, or the user's id. */
export const senderIdOf = ({ id, name }: User): string => (id.startsWith(REST) && guestOf(name).id === id ? name : id)

/** No answer names a guest of this door by their id; so whoever asks for one means a senderId. */
export const isGuestId = (id: string): boolean => id.startsWith(REST) && id.length === 28
