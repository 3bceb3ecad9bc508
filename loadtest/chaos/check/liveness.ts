import type { HistoryEvent } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

/** Longest time that a client may receive nothing while messages are being sent. */
const SILENCE_MAX_MS = 20_000

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
  #quietSince = Number.POSITIVE_INFINITY

  take(historyEvent: HistoryEvent): void {
    const { at, who } = historyEvent
    const listener = this.#listeners.get(who)
    switch (historyEvent.what) {
      case 'load':
        if (historyEvent.perSecond === 0) this.#quietSince = at
        break
      case 'delivered':
        this.#measure(who, at)
        this.#listeners.set(who, { since: historyEvent.till, suffers: listener?.suffers ?? false })
        break
      case 'impaired':
        this.#measure(who, at)
        if (listener) listener.suffers = true
        break
      case 'recovered':
        if (listener) Object.assign(listener, { suffers: false, since: at })
        break
      case 'ended':
        this.#measure(who, at)
        break
    }
  }

  end(): Violation[] {
    return this.#violations
  }

  #measure(who: string, at: number): void {
    const listener = this.#listeners.get(who)
    if (!listener || listener.suffers) return
    const till = Math.min(at, this.#quietSince)
    const forMs = till - listener.since
    if (forMs > this.longest.forMs) this.longest = { who, forMs, from: listener.since }
    if (forMs <= SILENCE_MAX_MS) return
    const sentence = `${who} received nothing for ${(forMs / 1_000).toFixed(1)} s.`
    this.#violations.push({ kind: 'silent', sentence, who, from: listener.since - 2_000, till: till + 2_000 })
  }
}
