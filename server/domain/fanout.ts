import type { Entry } from '../../protocol/entry.ts'
import { FANOUT_WINDOW_MS, JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { firstPage } from './paging.ts'

/**
 * Gathers what arrives while a room is busy. The first entry after a quiet moment leaves at once and opens a window;
 * what comes within it leaves together at its end and opens the next; an empty window ends it, and costs no timer. A
 * window of nothing gathers nothing: each entry leaves at once, by itself.
 */
export class Fanout {
  #waiting: Entry[] = []
  /** On performance.now(). */
  #windowEnd = -Infinity
  #timer: NodeJS.Timeout | undefined

  /** `windowMs`: in milliseconds, at most FANOUT_WINDOW_MAX_MS. */
  constructor(
    private readonly deliver: (entries: Entry[]) => void,
    private readonly windowMs = FANOUT_WINDOW_MS,
  ) {}

  add(entry: Entry): void {
    this.#waiting.push(entry)
    if (this.#timer) return
    const left = this.#windowEnd - performance.now()
    if (left > 0) this.#timer = setTimeout(this.#turn, left)
    else this.#turn()
  }

  /** Sends what waits before its window ends. */
  flush(): void {
    // After a long outage thousands may wait; one event of them would be a frame that holds up everybody else's.
    while (this.#waiting.length > 0) {
      const batch = firstPage(this.#waiting, { entries: JOIN_PAGE_ENTRIES })
      this.#waiting.splice(0, batch.length)
      this.deliver(batch)
    }
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting = []
  }

  close(): void {
    clearTimeout(this.#timer)
    this.drop()
  }

  #turn = (): void => {
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    this.flush()
    this.#windowEnd = performance.now() + this.windowMs
  }
}
