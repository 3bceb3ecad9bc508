import type { HistoryEvent } from '../history.ts'

/** When Redis was emptied: what was acknowledged before then is lost by design, and each room begins another epoch. */
export class Wipes {
  #lastUntil = Number.NEGATIVE_INFINITY

  get any(): boolean {
    return Number.isFinite(this.#lastUntil)
  }

  take(historyEvent: HistoryEvent): void {
    if (historyEvent.what === 'fault' && historyEvent.kind === 'redis flushed') {
      this.#lastUntil = Math.max(this.#lastUntil, historyEvent.until)
    }
  }

  /** Whether an entry of that time (`at`: Unix milliseconds, of this machine's clock) may be gone. */
  mayHaveTaken({ at }: { at: number }): boolean {
    return at <= this.#lastUntil
  }
}
