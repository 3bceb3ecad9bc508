import type { HistoryEvent } from '../history.ts'

/** Tracks when Redis was flushed: earlier acknowledged entries are lost by design, and each room starts a new epoch. */
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

  /** Whether an entry with this timestamp (`at`: Unix milliseconds of this machine's clock) may have been flushed. */
  mayHaveTaken({ at }: { at: number }): boolean {
    return at <= this.#lastUntil
  }
}
