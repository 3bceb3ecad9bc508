import type { HistoryEvent } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** Longest time that a client may receive nothing while messages are being sent. */
const SILENCE_MOST_MS = 20_000

interface Listener {
  /** Unix milliseconds of the last delivery. */
  since: number
  suffers: boolean
}

export interface Silence {
  who: string
  forMs: number
  from: number
}

/** No client goes without deliveries for long, except while a fault is injected into that client. */
export class Liveness implements Judge {
  longest: Silence = { who: '', forMs: 0, from: 0 }
  readonly #listeners = new Map<string, Listener>()
  readonly #violations: Violation[] = []
  #hushedAt = Number.POSITIVE_INFINITY

  take(historyEvent: HistoryEvent): void {
    const { at, who } = historyEvent
    const listener = this.#listeners.get(who)
    switch (historyEvent.what) {
      case 'talk':
        if (historyEvent.perSecond === 0) this.#hushedAt = at
        break
      case 'handed':
        this.#measure(who, at)
        this.#listeners.set(who, { since: historyEvent.till, suffers: listener?.suffers ?? false })
        break
      case 'suffers':
        this.#measure(who, at)
        if (listener) listener.suffers = true
        break
      case 'recovers':
        if (listener) Object.assign(listener, { suffers: false, since: at })
        break
      case 'ends':
        this.#measure(who, at)
        break
    }
  }

  end(): Violation[] {
    return this.#violations
  }

  #measure(who: string, at: number): void {
    const ear = this.#listeners.get(who)
    if (!ear || ear.suffers) return
    const till = Math.min(at, this.#hushedAt)
    const forMs = till - ear.since
    if (forMs > this.longest.forMs) this.longest = { who, forMs, from: ear.since }
    if (forMs <= SILENCE_MOST_MS) return
    const sentence = `${who} heard nothing for ${(forMs / 1_000).toFixed(1)} s.`
    this.#violations.push({ kind: 'silent', sentence, who, from: ear.since - 2_000, till: till + 2_000 })
  }
}
