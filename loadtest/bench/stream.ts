import { type Reading, readTexts } from '../measure/payload.ts'

/** Packets kept for comparison; packets of clients further behind are parsed again. */
const KEPT_PACKETS = 512

/**
 * Packets received by all members of a room on one node. They are byte for byte identical, so each is parsed once and
 * compared with memcmp for all other members.
 */
export class SharedStream {
  #kept: Reading[] = []
  #first = 0

  /** `at`: number of packets of this stream that the member has received before. */
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
    if (this.#kept.length < 2 * KEPT_PACKETS) return
    this.#kept = this.#kept.slice(KEPT_PACKETS)
    this.#first += KEPT_PACKETS
  }
}
