import { type Reading, readTexts } from '../measure/payload.ts'

/** Packets kept to compare with; who is further behind than that has its packets read anew. */
const KEPT = 512

/**
 * What all members of a room on one node hear. A packet goes to each of them byte for byte the same, so it is read once,
 * and compared with for everybody else: every delivery is looked at, at the price of a memcmp.
 */
export class SharedStream {
  #kept: Reading[] = []
  #first = 0

  /** `at`: how many packets of this stream the member has heard before. */
  read(at: number, bytes: Buffer, start: number, end: number): Reading {
    const known = this.#kept[at - this.#first]
    if (known && known.bytes.length === end - start && bytes.compare(known.bytes, 0, end - start, start, end) === 0) {
      return known
    }
    const reading = readTexts(bytes, start, end)
    if (at === this.#first + this.#kept.length) this.#keep(reading)
    return reading
  }

  #keep(reading: Reading): void {
    this.#kept.push(reading)
    if (this.#kept.length < 2 * KEPT) return
    this.#kept = this.#kept.slice(KEPT)
    this.#first += KEPT
  }
}
