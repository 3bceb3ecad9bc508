import type { IncomingMessage } from 'node:http'
import { type User, UserId } from '../../../protocol/people.ts'
import { isDirect } from '../../../protocol/room.ts'
import { FaultError } from '../../domain/fault-error.ts'
import { admit } from '../../domain/room-access.ts'
import { bearerToken } from '../bearer.ts'
import type { Requester, RestDeps } from './endpoint.ts'
import { guestOf } from './guest.ts'

const TOKEN_HINT = 'Get a token from POST /auth/guest and send it as Authorization: Bearer <token>.'

/**
 * The user of the request's Bearer token (RFC 6750, section 2.1); undefined without an Authorization header if guests may
 * send. Throws `unauthorized`, and what verifying the token throws.
 */
export async function authenticate(req: IncomingMessage, { tokens, restSenders }: RestDeps): Promise<User | undefined> {
  if (req.headers.authorization === undefined) {
    if (restSenders === 'guest') return undefined
    throw new FaultError('unauthorized', `REST requests require a token on this server. ${TOKEN_HINT}`)
  }
  const token = bearerToken(req)
  if (token === undefined || !/^[\w.~+/=-]+$/.test(token))
    throw new FaultError('unauthorized', `The Authorization header has no valid Bearer token. ${TOKEN_HINT}`)
  return tokens.verify(token)
}

/** The user for a senderId. With a token it must name the token's user (`sender_mismatch`); without one it names a REST guest. */
export async function senderOf(senderId: string, { user }: Requester, { store }: RestDeps): Promise<User> {
  if (user) {
    if (senderId === user.id || senderId === user.name) return user
    throw new FaultError(
      'sender_mismatch',
      `senderId ${senderId} does not match the token. Send ${user.id}, the token’s user.`,
    )
  }
  if (UserId.safeParse(senderId).success && (await store.users.find(senderId))) {
    throw new FaultError(
      'unauthorized',
      `${senderId} is a signed-in user; sending as that user requires their token. ${TOKEN_HINT}`,
    )
  }
  return guestOf(senderId)
}

/** Throws unless the room is open to the requester. A guest's name is not authenticated, so direct rooms require a token. */
export async function requireRoomAccess(room: string, { user }: Requester, { store }: RestDeps): Promise<void> {
  if (isDirect(room) && !user)
    throw new FaultError('unauthorized', `Direct rooms are open to their two members only. ${TOKEN_HINT}`)
  await admit(user ?? guestOf('anonymous'), room, { rooms: store.rooms, isInMatch: async () => false })
}

/** Rate limit across all nodes, since a client's requests reach any of them. Throws `rate_limited` with the time to wait. */
export async function enforceRate(key: string, rate: { perSecond: number; burst: number }, { store }: RestDeps) {
  const waitMs = await store.nodes.takeToken(`rest:${key}`, rate)
  if (waitMs > 0)
    throw new FaultError('rate_limited', 'Too many requests. Retry after the time in Retry-After.', waitMs)
}
