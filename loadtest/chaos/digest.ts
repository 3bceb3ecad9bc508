import type { Entry } from '../../protocol/entry.ts'
import type { Seen } from './history.ts'

/** 53-bit non-cryptographic hash of a text, in base 36. */
export function digest(text: string): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return (2 ** 32 * (low & 0x1fffff) + (high >>> 0)).toString(36)
}

/** The recorded form of an entry, with a digest in place of the text. */
export function seen({ text, by, ...rest }: Entry): Seen {
  return { ...rest, by: by.id, ...(text !== undefined && { text: digest(text) }) }
}
