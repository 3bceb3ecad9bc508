import { z } from 'zod'
import { User, UserName } from './people.ts'

/**
 * What a Socket.IO handshake presents as `auth`: the token of an earlier session, or the name of a guest to be.
 * `retries: true` says that this client comes back by itself after a CONNECT_ERROR whose fault is retryable; then it is
 * told so why it cannot come in now. Others are cut off without a word, since a stock client never tries again after one.
 */
export interface Handshake {
  token?: string
  name?: string
  retries?: true
}

/** POST /auth/guest */
export const GuestRequest = z.strictObject({ name: UserName })
const Guest = z.object({ user: User, token: z.string() })
/** The form of every answer; user and token stand at its top as well. */
export const GuestAnswer = z.object({ ok: z.literal(true), value: Guest, ...Guest.shape })
export type GuestAnswer = z.infer<typeof GuestAnswer>
