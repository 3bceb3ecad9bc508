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

/** As often as a node flushes: so much is not counted of a node that is killed. */
const FLUSH_MS = 1_000
/** The series may lag a little further behind. */
const SAMPLES_EVERY_FLUSHES = 5

interface JournalOptions {
  node: string
  store: Pick<Store, 'archive' | 'now'>
  /** Where lines go, for good. */
  file?: { add(line: string): void; close(): Promise<void> }
  /** How the node is; asked once a flush, ahead of it. */
  resourceUsage(): ResourceUsage
}

/** One node's journal: it counts, tells the file, and once a second the store. */
export class NodeJournal implements Journal {
  #counted = new PendingCounts()
  #countedAt = performance.now()
  readonly #samples: Samples
  readonly #flushQueue: FlushQueue
  readonly #coalescer = new Coalescer(() => this.#flush())
  readonly #totals = new Coalescer(async () => {
    await this.#coalescer.run().catch((error) => {
      // It takes no flush, and still answers what it has.
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

  /** Flushes from now on. */
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
    // What the oldest of them waited, the others waited at most.
    const waitedMs = this.deps.store.now() - (entries[0]?.at ?? 0)
    this.#counted.delivered(entries.length * connections, Math.max(0, waitedMs))
  }

  bytes(way: Way, bytesIn: number, bytesOut: number): void {
    this.#counted.bytes(way, bytesIn, bytesOut)
  }

  totals(): Promise<Totals> {
    return this.#totals.run()
  }

  /** Everything that was counted is in the store and on disk, as far as they answer. Call it once, when all doors are closed. */
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
    const condition = this.deps.resourceUsage()
    const counted = this.#counted
    const now = performance.now()
    const ms = now - this.#countedAt
    this.#counted = new PendingCounts()
    this.#countedAt = now
    this.#samples.add(counted, Math.round(ms), condition, this.deps.store.now())
    // Flushes that were asked for may follow each other closely, which makes no rate.
    if (ms > FLUSH_MS / 2 || !this.#now) this.#now = nowOf(counted, condition, Math.max(ms, FLUSH_MS) / 1_000)
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
