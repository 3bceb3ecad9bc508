import type { IncomingMessage } from 'node:http'
import { type User, UserId } from '../../../protocol/people.ts'
import { isDirect } from '../../../protocol/room.ts'
import { FaultError } from '../../domain/fault-error.ts'
import { admit } from '../../domain/room-access.ts'
import { bearerToken } from '../bearer.ts'
import type { Requester, RestDeps } from './endpoint.ts'
import { guestOf } from './guest.ts'

const TOKEN_HINT = 'Get a token from POST /auth/guest and send it as Authorization: Bearer <token>.'

/** The user whose token a request shows; undefined when it shows none and need not. RFC 6750, section 2.1. */
export async function authenticate(req: IncomingMessage, { tokens, restSenders }: RestDeps): Promise<User | undefined> {
  if (req.headers.authorization === undefined) {
    if (restSenders === 'guest') return undefined
    throw new FaultError('unauthorized', `REST is for those who show a token here. ${TOKEN_HINT}`)
  }
  const token = bearerToken(req)
  if (token === undefined || !/^[\w.~+/=-]+$/.test(token))
    throw new FaultError('unauthorized', `The Authorization header holds no Bearer token. ${TOKEN_HINT}`)
  return tokens.verify(token)
}

/** Who a senderId is: with a token the user of that token and nobody else, without one a guest of this door. */
export async function senderOf(senderId: string, { user }: Requester, { store }: RestDeps): Promise<User> {
  if (user) {
    if (senderId === user.id || senderId === user.name) return user
    throw new FaultError('sender_mismatch', `The token is not of ${senderId}. Name its own user, ${user.id}.`)
  }
  if (UserId.safeParse(senderId).success && (await store.people.find(senderId))) {
    throw new FaultError(
      'unauthorized',
      `${senderId} has signed in, so only their token speaks for them. ${TOKEN_HINT}`,
    )
  }
  return guestOf(senderId)
}

/** A guest's name proves nothing, so rooms that are not for everybody ask for a token. */
export async function requireRoomAccess(room: string, { user }: Requester, { store }: RestDeps): Promise<void> {
  if (isDirect(room) && !user)
    throw new FaultError('unauthorized', `A direct room is for its two people. ${TOKEN_HINT}`)
  const somebody = user ?? guestOf('somebody')
  await admit(somebody, room, { book: store.rooms, isTheirs: async () => false })
}

/** Requests come to any node, so they are counted on all nodes together. */
export async function enforceRate(key: string, rate: { perSecond: number; burst: number }, { store }: RestDeps) {
  const wait = await store.nodes.pace(`rest:${key}`, rate)
  if (wait > 0)
    throw new FaultError('rate_limited', 'That was too much at once. Wait as long as Retry-After says.', wait)
}
