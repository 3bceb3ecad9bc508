import { COUNT_TTL_MS, type SharedCounters } from '../../domain/ports.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Lease } from './lease.ts'

const PURGE_EVERY_MS = 60_000

interface Level {
  rate: Rate
  tokens: number
  at: number
}

/** The counters that the nodes of one process share. In memory. */
export class EmbeddedCounters {
  readonly #levels = new Map<string, Level>()
  readonly #counts = new Map<string, Map<Lease, { count: number; at: number }>>()
  #purgedAt = 0

  /** `now` returns milliseconds; tests replace it. */
  constructor(private readonly now = () => performance.now()) {}

  spend(spending: Parameters<SharedCounters['spend']>[0]): number[] {
    const now = this.now()
    if (now - this.#purgedAt > PURGE_EVERY_MS) this.#purge(now)
    return spending.map(({ key, rate, tokens }) => {
      const level = this.#levels.get(key) ?? { rate, tokens: rate.burst, at: now }
      level.tokens = Math.max(refilled(level, now) - tokens, -rate.burst)
      level.at = now
      this.#levels.set(key, level)
      return level.tokens
    })
  }

  tally(lease: Lease, counts: Parameters<SharedCounters['sumCounts']>[0]): number[] {
    const now = this.now()
    return counts.map(({ key, count }) => {
      const countByLease = this.#counts.get(key) ?? new Map<Lease, { count: number; at: number }>()
      this.#counts.set(key, countByLease.set(lease, { count, at: now }))
      let sum = 0
      for (const [by, { count, at }] of countByLease) {
        if (now - at <= COUNT_TTL_MS) sum += count
        else countByLease.delete(by)
      }
      return sum
    })
  }

  #purge(now: number): void {
    this.#purgedAt = now
    for (const [key, level] of this.#levels) if (refilled(level, now) >= level.rate.burst) this.#levels.delete(key)
    for (const [key, countByLease] of this.#counts) {
      if ([...countByLease.values()].every(({ at }) => now - at > COUNT_TTL_MS)) this.#counts.delete(key)
    }
  }
}

const refilled = ({ rate, tokens, at }: Level, now: number): number =>
  Math.min(rate.burst, tokens + ((now - at) / 1_000) * rate.perSecond)
