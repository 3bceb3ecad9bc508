import { randomBytes } from 'node:crypto'
import type { Entry } from '../../protocol/entry.ts'
import { Coalescer } from '../domain/coalesce.ts'
import { StoreFull } from '../domain/fault-error.ts'
import type { Journal, JournalEvent, Peaks, Totals, Way } from '../domain/journal.ts'
import { sumCounts } from '../domain/journal-totals.ts'
import type { Store } from '../domain/ports.ts'
import { FlushQueue } from './flush-queue.ts'
import { lineOf } from './line.ts'
import { PendingCounts } from './pending-counts.ts'
import { type ResourceUsage, Samples } from './samples.ts'

/** The flush interval: the counts of at most this time are lost when a node is killed. */
const FLUSH_MS = 1_000
/** Samples of the time series are sent with every fifth flush. */
const SAMPLES_EVERY_FLUSHES = 5

interface JournalOptions {
  node: string
  store: Pick<Store, 'archive' | 'now'>
  /** The file that lines are appended to, if any. */
  file?: { add(line: string): void; close(): Promise<void> }
  /** Called once before each flush. */
  resourceUsage(): ResourceUsage
}

/** The journal of a node: counts events, appends them to a file, and sends both to the store once a second. */
export class NodeJournal implements Journal {
  #counted = new PendingCounts()
  #countedAt = performance.now()
  readonly #samples: Samples
  readonly #flushQueue: FlushQueue
  readonly #coalescer = new Coalescer(() => this.#flush())
  readonly #totals = new Coalescer(async () => {
    await this.#coalescer.run().catch((error) => {
      // A full store accepts no flush, but its totals can still be read.
      if (!(error instanceof StoreFull)) throw error
    })
    return this.deps.store.archive.totals()
  })
  #flushes = 0
  #timer: NodeJS.Timeout | undefined
  #now: Record<keyof Peaks, number> | undefined

  constructor(private readonly deps: JournalOptions) {
    const { node, store } = deps
    const incarnation = `${node}.${randomBytes(9).toString('hex')}`
    this.#samples = new Samples(node, incarnation)
    this.#flushQueue = new FlushQueue(incarnation, store.archive, this.#samples)
  }

  /** Starts flushing. */
  open(): void {
    this.record({ kind: 'start', way: 'node' })
    this.#timer = setInterval(() => void this.#coalescer.run().catch(() => {}), FLUSH_MS)
  }

  record(journalEvent: JournalEvent): void {
    const { node, store, file } = this.deps
    this.#counted.recorded(journalEvent)
    const line = lineOf(journalEvent, node, store.now())
    file?.add(line)
    this.#flushQueue.latestEvents.add(journalEvent.kind, line)
  }

  appended(seconds: number): void {
    this.#counted.appended(1_000 * seconds)
  }

  delivered(entries: readonly Entry[], connections: number): void {
    // The wait of the oldest entry is an upper bound for the others.
    const waitedMs = this.deps.store.now() - (entries[0]?.at ?? 0)
    this.#counted.delivered(entries.length * connections, Math.max(0, waitedMs))
  }

  bytes(way: Way, bytesIn: number, bytesOut: number): void {
    this.#counted.bytes(way, bytesIn, bytesOut)
  }

  totals(): Promise<Totals> {
    return this.#totals.run()
  }

  /** Flushes all counts to the store and the file, if they are available. Call it once, after all connections are closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#flushes = 0
    await Promise.all([this.#coalescer.run().catch(() => {}), this.deps.file?.close()])
  }

  #flush(): Promise<void> {
    this.#count()
    return this.#flushQueue.flush({ withSamples: this.#flushes++ % SAMPLES_EVERY_FLUSHES === 0 })
  }

  #count(): void {
    const usage = this.deps.resourceUsage()
    const counted = this.#counted
    const now = performance.now()
    const ms = now - this.#countedAt
    this.#counted = new PendingCounts()
    this.#countedAt = now
    this.#samples.add(counted, Math.round(ms), usage, this.deps.store.now())
    // Explicit flushes may follow each other closely; such short intervals give no meaningful rate.
    if (ms > FLUSH_MS / 2 || !this.#now) this.#now = nowOf(counted, usage, Math.max(ms, FLUSH_MS) / 1_000)
    this.#flushQueue.count(counted, this.#now)
  }
}

function nowOf(pendingCounts: PendingCounts, { open }: ResourceUsage, seconds: number): Record<keyof Peaks, number> {
  const counts = sumCounts(Object.values(pendingCounts.by))
  return {
    connections: Object.values(open).reduce((total, count) => total + count, 0),
    messagesPerSecond: counts.messages / seconds,
    bytesInPerSecond: counts.bytesIn / seconds,
    bytesOutPerSecond: counts.bytesOut / seconds,
    deliveriesPerSecond: pendingCounts.deliveries / seconds,
  }
}
