import type { Key } from './keys.ts'

/** The rows that a transaction writes; undefined deletes. */
export type Rows = Map<string, unknown>

/** The view of one operation: its own writes, then batches not yet on disk, then the disk. */
export class Transaction {
  readonly rows: Rows = new Map()
  readonly commitCallbacks: (() => void)[] = []

  constructor(private readonly read: <Row>(key: Key<Row>) => Row | undefined) {}

  get<Row>(key: Key<Row>): Row | undefined {
    return this.rows.has(key) ? (this.rows.get(key) as Row | undefined) : this.read(key)
  }

  /** Rows are immutable once put; to change one, put a new object. */
  put<Row>(key: Key<Row>, row: Row): void {
    this.rows.set(key, row)
  }

  delete(key: string): void {
    this.rows.set(key, undefined)
  }

  /** The callback runs once the rows are on disk, in the order of transactions. */
  afterCommit(then: () => void): void {
    this.commitCallbacks.push(then)
  }
}
