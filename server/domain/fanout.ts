import type { Entry } from '../../protocol/entry.ts'
import { FANOUT_BUSY_WINDOWS, FANOUT_WINDOW_MS, JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { firstPage } from './paging.ts'

/** A room stops being busy after this many consecutive batches of a single entry. */
const CREDIT = 2

/**
 * Batches the entries of a busy room; no entry waits longer than a window. In a quiet room an entry is delivered at once,
 * and further entries within the window are delivered together at its end. If those are several, the room is busy: the
 * next entry waits for a whole window, and all entries that arrive meanwhile are delivered with it. `windowMs = 0`
 * disables batching.
 */
export class Fanout {
  #waiting: Entry[] = []
  /** Both on the clock of performance.now(). */
  #windowEnd = -Infinity
  #busyUntil = -Infinity
  #credit = 0
  #timer: NodeJS.Timeout | undefined

  /** `windowMs`: in milliseconds, at most FANOUT_WINDOW_MAX_MS. */
  constructor(
    private readonly deliver: (entries: Entry[]) => void,
    private readonly windowMs = FANOUT_WINDOW_MS,
  ) {}

  add(entry: Entry): void {
    this.#waiting.push(entry)
    if (this.#timer) return
    const now = performance.now()
    if (now >= this.#busyUntil) this.#credit = 0
    const wait = this.#credit > 0 ? this.windowMs : this.#windowEnd - now
    if (wait > 0) this.#timer = setTimeout(this.#deliverWaiting, wait)
    else this.#deliverWaiting()
  }

  /** Delivers the waiting entries at once. */
  flush(): void {
    // After a long outage thousands of entries may wait; a single frame with all of them would delay other clients' frames.
    while (this.#waiting.length > 0) {
      const batch = firstPage(this.#waiting, { entries: JOIN_PAGE_ENTRIES })
      this.#waiting.splice(0, batch.length)
      this.deliver(batch)
    }
  }

  /** Discards the waiting entries. */
  drop(): void {
    this.#waiting = []
  }

  close(): void {
    clearTimeout(this.#timer)
    this.drop()
  }

  #deliverWaiting = (): void => {
    this.#timer = undefined
    const delivered = this.#waiting.length
    if (delivered === 0) return
    this.flush()
    const now = performance.now()
    this.#windowEnd = now + this.windowMs
    this.#busyUntil = now + FANOUT_BUSY_WINDOWS * this.windowMs
    this.#credit = delivered > 1 ? CREDIT : Math.max(0, this.#credit - 1)
  }
}
