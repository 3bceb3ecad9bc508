import type { User } from '../../protocol/people.ts'
import type { AppendQueue } from '../domain/append-queue.ts'
import type { Journal } from '../domain/journal.ts'
import type { Limits } from '../domain/limits.ts'
import type { Draft, Store } from '../domain/ports.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Connection } from './connection.ts'
import { partsOf } from './parts.ts'
import { patiently } from './patience.ts'

export interface SayingParts {
  limits: Limits
  queue: AppendQueue
  store: Store
  metrics: NodeMetrics
  journal: Journal
}

/**
 * How one connection puts things into a log, by the same rules as everybody. Its client knows nothing of faults: it waits
 * where others are told to, and what the store could not take is offered again, under the same clientId.
 */
export class Saying {
  constructor(
    private readonly parts: SayingParts,
    private readonly connection: Connection,
  ) {}

  /** Resolves when it is in the log; rejects when it is not, and the connection's messages are given up. */
  async say(room: string, by: User, text: string, recipients?: number): Promise<void> {
    for (const part of partsOf(text, recipients)) await this.#append(room, { kind: 'message', by, ...part })
    const { way } = this.connection
    this.parts.journal.record({ kind: 'message', way, user: by.id, bytes: Buffer.byteLength(text) })
  }

  async #append(room: string, draft: Draft): Promise<void> {
    const { store, metrics, journal, limits, queue } = this.parts
    const { signal } = this.connection
    await limits.dialectAppendTo(room, signal)
    return patiently(signal, async () => {
      const stored = metrics.append()
      await queue.runPatiently(signal, () => store.log.append(room, draft))
      journal.appended(stored())
      // Its clientId is this node's own: an entry that is found by a retry is of a try whose answer was lost, uncounted.
      metrics.accepted()
    })
  }
}
