import type { Payload } from '../../../protocol/events.ts'
import type { Io } from '../socket.ts'
import { minIntervalMs } from './presence.ts'

/** Up to this many members are sent an event in a single batch. */
const SINGLE_BATCH_MAX = 1_000
const BATCH_INTERVAL_MS = 100
/** Share of the presence interval within which all batches are sent. */
const INTERVAL_SHARE = 0.8

/**
 * Sends presence events to the members of a room. In large rooms the event is sent in batches over the interval until the
 * next event, since one broadcast to thousands of connections would delay urgent traffic of the node.
 */
export class PresenceBroadcast {
  #pending: { remaining: string[]; presence: Payload<'presence'>; timer: NodeJS.Timeout } | undefined

  constructor(
    private readonly io: Io,
    /** Name of the Socket.IO room of the members. */
    private readonly stream: string,
  ) {}

  send(presence: Payload<'presence'>): void {
    this.#flush()
    const { size } = this.#members
    if (size <= SINGLE_BATCH_MAX) {
      this.io.local.to(this.stream).emit('presence', presence)
      return
    }
    const batchSize = Math.ceil((size * BATCH_INTERVAL_MS) / (minIntervalMs(size) * INTERVAL_SHARE))
    const timer = setInterval(() => this.#sendBatch(batchSize), BATCH_INTERVAL_MS)
    this.#pending = { remaining: [...this.#members], presence, timer }
  }

  close(): void {
    clearInterval(this.#pending?.timer)
    this.#pending = undefined
  }

  /** Sends the remaining batches of the previous event. */
  #flush(): void {
    this.#sendBatch(Number.POSITIVE_INFINITY)
  }

  #sendBatch(count: number): void {
    if (!this.#pending) return
    const { remaining, presence } = this.#pending
    const members = this.#members
    const next = remaining.splice(0, count).filter((id) => members.has(id))
    // Each socket is in a Socket.IO room named by its id.
    if (next.length > 0) this.io.local.to(next).emit('presence', presence)
    if (remaining.length === 0) this.close()
  }

  get #members(): ReadonlySet<string> {
    return this.io.of('/').adapter.rooms.get(this.stream) ?? new Set()
  }
}
