import { z } from 'zod'
import { User, UserName } from './people.ts'

/** POST /auth/guest */
export const GuestRequest = z.strictObject({ name: UserName })
const Guest = z.object({ user: User, token: z.string() })
/** The form of every answer; user and token stand at its top as well. */
export const GuestAnswer = z.object({ ok: z.literal(true), value: Guest, ...Guest.shape })
export type GuestAnswer = z.infer<typeof GuestAnswer>
