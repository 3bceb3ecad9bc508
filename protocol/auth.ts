import { z } from 'zod'
import { User, UserName } from './people.ts'

/**
 * The `auth` payload of a Socket.IO handshake: the token of an earlier session, or the name of a new guest.
 * `retries: true` declares that this client reconnects after a CONNECT_ERROR with a retryable fault, so it receives that
 * fault. The connections of other clients are closed without one, since stock clients do not reconnect after it.
 */
export interface Handshake {
  token?: string
  name?: string
  retries?: true
}

/** POST /auth/guest */
export const GuestRequest = z.strictObject({ name: UserName })
const Guest = z.object({ user: User, token: z.string() })
/** The usual answer envelope, with `user` and `token` repeated at the top level. */
export const GuestAnswer = z.object({ ok: z.literal(true), value: Guest, ...Guest.shape })
export type GuestAnswer = z.infer<typeof GuestAnswer>
