import { setTimeout as delay } from 'node:timers/promises'
import type { User } from '../../protocol/people.ts'
import type { Journal } from '../domain/journal.ts'
import { isNews } from '../domain/news.ts'
import { Pace, type Rate } from '../domain/pace.ts'
import type { Draft, Store } from '../domain/ports.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Connection } from './connection.ts'
import { partsOf } from './parts.ts'
import { patiently } from './patience.ts'

export interface SayingParts {
  store: Store
  metrics: NodeMetrics
  journal: Journal
  appends: Rate
}

/**
 * How one connection puts things into a log, by the same rules as everybody. Its client knows nothing of faults: it waits
 * where others are told to, and what the store could not take is offered again, under the same clientId.
 */
export class Saying {
  readonly #pace: Pace

  constructor(
    private readonly parts: SayingParts,
    private readonly connection: Connection,
  ) {
    this.#pace = new Pace(parts.appends, performance.now())
  }

  /** Resolves when it is in the log, or the connection has ended before it was its turn. */
  async say(room: string, by: User, text: string, recipients?: number): Promise<void> {
    if (!(await this.#turn())) return
    for (const part of partsOf(text, recipients)) await this.#append(room, { kind: 'message', by, ...part })
    const { way } = this.connection
    this.parts.journal.record({ kind: 'message', way, user: by.id, bytes: Buffer.byteLength(text) })
  }

  async #turn(): Promise<boolean> {
    for (;;) {
      const wait = this.#pace.take(performance.now())
      if (wait === 0) return true
      if (!this.connection.open) return false
      await delay(wait)
    }
  }

  #append(room: string, draft: Draft): Promise<void> {
    const { store, metrics, journal } = this.parts
    return patiently(this.connection, async () => {
      const stored = metrics.append()
      const entry = await store.log.append(room, draft)
      journal.appended(stored())
      if (isNews(entry)) metrics.accepted()
    })
  }
}
