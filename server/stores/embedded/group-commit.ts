import { BEAT_MS } from '../../../protocol/limits.ts'
import { StoreFull, unavailable } from '../../domain/fault-error.ts'
import type { StoreFailure } from '../../domain/store-failure.ts'
import { causeOf, type Disk, isFull, reserveSpace, toFault, withTimeout } from './database.ts'
import type { Key } from './keys.ts'
import { Snapshot } from './snapshot.ts'
import { Transaction } from './transaction.ts'
import { WriteBatch } from './write-batch.ts'

const SLOW: StoreFailure = { cause: 'disk', message: 'The disk is slow: a write has been pending for several seconds.' }

/**
 * Serial transactions that are synced to disk before they resolve. Transactions that arrive while a batch is being
 * written form the next batch, so that one sync covers all of them. They see each other's rows; readers see only what
 * is on disk.
 */
export class GroupCommit {
  #nextBatch: WriteBatch | undefined
  #currentBatch: WriteBatch | undefined
  #reopening: Promise<void> | undefined
  #failure: StoreFailure | undefined
  /** While the disk is full, the database stays open for reading. */
  #readable = true
  #closed = false

  /**
   * `reopened` reads the disk after a failure before any other caller does; a batch that failed may be on it
   * nevertheless.
   */
  constructor(
    private readonly disk: Disk,
    private readonly reopened: (view: Snapshot) => Promise<void>,
  ) {}

  /** Runs the operation synchronously. It writes all of its rows or, if it throws, none. */
  run<T>(operation: (tx: Transaction) => T): Promise<T> {
    if (this.failure()) return Promise.reject(this.#fault())
    return new Promise((resolve, reject) => {
      const tx = new Transaction((key) => this.#latest(key))
      try {
        const value = operation(tx)
        this.#openBatch().add(tx, { done: () => resolve(value), failed: reject })
      } catch (error) {
        reject(toFault(error))
      }
    })
  }

  /** Reads a consistent snapshot of what is on disk. */
  read<T>(reader: (view: Snapshot) => Promise<T>): Promise<T> {
    if (!this.#readable) return Promise.reject(unavailable())
    return withTimeout(this.#readSnapshot(reader))
  }

  /** Reads one row from disk. */
  get<Row>(key: Key<Row>): Row | undefined {
    return this.disk.getSync(key) as Row | undefined
  }

  /** Undefined for a full disk that can still be read: appends fail, but reads work. */
  ailing(): string | undefined {
    const failure = this.failure()
    return failure?.cause === 'disk_full' && this.#readable ? undefined : failure?.message
  }

  failure(): StoreFailure | undefined {
    const slow = this.#currentBatch?.timedOut || this.#nextBatch?.timedOut
    return this.#failure ?? (slow ? SLOW : undefined)
  }

  /** Resolves when all transactions in flight have resolved. */
  async settled(): Promise<void> {
    await this.run(() => undefined).catch(() => undefined)
  }

  /** Waits for the transactions in flight, then closes the database. */
  async close(): Promise<void> {
    await this.settled()
    this.#closed = true
    await this.#reopening
    this.#readable = false
    this.#failure = { cause: 'away', message: 'The store is closed.' }
    await this.disk.close()
  }

  async #readSnapshot<T>(reader: (view: Snapshot) => Promise<T>): Promise<T> {
    const view = new Snapshot(this.disk)
    try {
      return await reader(view)
    } finally {
      await view.close()
    }
  }

  #latest<Row>(key: Key<Row>): Row | undefined {
    for (const writeBatch of [this.#nextBatch, this.#currentBatch]) {
      if (writeBatch?.rows.has(key)) return writeBatch.rows.get(key) as Row | undefined
    }
    return this.get(key)
  }

  #openBatch(): WriteBatch {
    if (!this.#nextBatch) {
      this.#nextBatch = new WriteBatch()
      // Write in a microtask, so that transactions of the same tick share the batch.
      if (!this.#currentBatch) queueMicrotask(() => this.#write())
    }
    return this.#nextBatch
  }

  async #write(): Promise<void> {
    for (let writeBatch = this.#nextBatch; writeBatch; writeBatch = this.#nextBatch) {
      this.#nextBatch = undefined
      this.#currentBatch = writeBatch
      try {
        const batch = writeBatch.batch()
        if (batch.length > 0) await this.disk.batch(batch, { sync: true })
      } catch (error) {
        return this.#fail(error)
      }
      writeBatch.done()
      this.#currentBatch = undefined
    }
  }

  #fail(error: unknown): void {
    const full = isFull(error)
    const message = `The disk failed: ${causeOf(error)}`
    this.#failure = { cause: full ? 'disk_full' : 'disk', message }
    this.#readable = full
    for (const batch of [this.#currentBatch, this.#nextBatch]) batch?.failed(this.#fault())
    this.#currentBatch = this.#nextBatch = undefined
    this.#reopening = this.#reopen()
  }

  #fault() {
    return this.#failure?.cause === 'disk_full' ? new StoreFull('disk') : unavailable()
  }

  /** After a failed write, LevelDB's log must not be appended to; reopening the database starts a new one. */
  async #reopen(): Promise<void> {
    while (!this.#closed) {
      try {
        if (this.#readable) await reserveSpace(this.disk.location)
        this.#readable = false
        await this.disk.close()
        await this.disk.open()
        await this.#readSnapshot(this.reopened)
        this.#readable = true
        this.#failure = undefined
        return
      } catch {
        await new Promise((next) => setTimeout(next, BEAT_MS))
      }
    }
  }
}
