import { z } from 'zod'
import { EMOJI_MAX_BYTES, TEXT_MAX_CHARS } from './limits.ts'

/** The length of a text in Unicode code points, not UTF-16 units. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

export const Text = z
  .string()
  .refine((text) => text.length >= 1 && (text.length <= TEXT_MAX_CHARS || codePoints(text) <= TEXT_MAX_CHARS), {
    error: `must be 1–${TEXT_MAX_CHARS} characters`,
  })
  .refine((text) => text.isWellFormed(), { error: 'must be well-formed Unicode (it holds half of a surrogate pair)' })

const utf8 = new TextEncoder()

export const Emoji = z
  .string()
  .min(1, 'must not be empty')
  .refine((emoji) => emoji.length <= EMOJI_MAX_BYTES && utf8.encode(emoji).length <= EMOJI_MAX_BYTES, {
    error: `must be at most ${EMOJI_MAX_BYTES} bytes`,
  })
  .refine((emoji) => emoji.isWellFormed() && !/[\p{Cc}\s]/u.test(emoji), { error: 'must be an emoji' })
