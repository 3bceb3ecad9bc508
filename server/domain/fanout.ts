import type { Entry } from '../../protocol/entry.ts'
import { FANOUT_BUSY_WINDOWS, FANOUT_WINDOW_MS, JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { firstPage } from './paging.ts'

/** A room stays busy when an entry leaves it alone, but not when the next one does, too. */
const CREDIT = 2

/**
 * Gathers what arrives while a room is busy; nothing waits longer than a window. The first entry after a quiet moment
 * leaves at once, and what follows within a window leaves together at its end. Where that were several, the room is
 * busy: the next entry waits for a whole window, from when it came, and others join it. A window of nothing gathers
 * nothing: each entry leaves at once, by itself.
 */
export class Fanout {
  #waiting: Entry[] = []
  /** Both on performance.now(). */
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
    if (wait > 0) this.#timer = setTimeout(this.#turn, wait)
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
    const gathered = this.#waiting.length
    if (gathered === 0) return
    this.flush()
    const now = performance.now()
    this.#windowEnd = now + this.windowMs
    this.#busyUntil = now + FANOUT_BUSY_WINDOWS * this.windowMs
    this.#credit = gathered > 1 ? CREDIT : Math.max(0, this.#credit - 1)
  }
}
