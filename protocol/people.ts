import { z } from 'zod'
import { NAME_MAX_CHARS } from './limits.ts'
import { codePoints } from './text.ts'

/** The maximum length is such that two ids and the prefix `direct:` fit into a room name. */
export const UserId = z.string().regex(/^[a-z0-9]{1,28}$/, 'must be 1–28 of a–z and 0–9')

// Control characters, line separators, and marks that change the direction of the surrounding text.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
// Unicode classifies some invisible characters, such as the Hangul fillers, as letters.
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u

export const UserName = z
  .string()
  .trim()
  .refine((name) => codePoints(name) >= 1 && codePoints(name) <= NAME_MAX_CHARS, {
    error: `must be 1–${NAME_MAX_CHARS} characters`,
  })
  .refine((name) => name.isWellFormed(), { error: 'must be well-formed Unicode' })
  .refine((name) => !UNPRINTABLE.test(name), { error: 'must not hold control or direction characters' })
  .refine((name) => name.length === 0 || VISIBLE.test(name), { error: 'must hold something visible' })

export const User = z.object({ id: UserId, name: z.string() })
export type User = z.infer<typeof User>

export const Status = z.enum(['online', 'away', 'busy'])
export type Status = z.infer<typeof Status>

export const Member = z.object({ id: UserId, name: z.string(), status: Status })
export type Member = z.infer<typeof Member>
