import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { unavailable } from '../../domain/fault-error.ts'
import type { Rows, Transaction } from './transaction.ts'

interface Caller {
  done(): void
  failed(why: Error): void
}

/** Transactions that are written to disk in one batch, with their callers. */
export class WriteBatch {
  readonly rows: Rows = new Map()
  /** The batch took so long that its callers were rejected; it may still be written. */
  timedOut = false
  readonly #callers: Caller[] = []
  readonly #commitCallbacks: (() => void)[] = []
  readonly #timeout = setTimeout(() => {
    this.timedOut = true
    for (const caller of this.#callers) caller.failed(unavailable())
  }, STORE_TIMEOUT_MS)

  add(tx: Transaction, caller: Caller): void {
    for (const [key, row] of tx.rows) this.rows.set(key, row)
    this.#commitCallbacks.push(...tx.commitCallbacks)
    this.#callers.push(caller)
  }

  batch() {
    return Array.from(this.rows, ([key, value]) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    )
  }

  done(): void {
    clearTimeout(this.#timeout)
    for (const caller of this.#callers) caller.done()
    for (const then of this.#commitCallbacks) then()
  }

  failed(why: Error): void {
    clearTimeout(this.#timeout)
    for (const caller of this.#callers) caller.failed(why)
  }
}
