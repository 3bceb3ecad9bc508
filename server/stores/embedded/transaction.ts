import type { Key } from './keys.ts'

/** Rows as a transaction leaves them; undefined: taken out. */
export type Rows = Map<string, unknown>

/** One operation's view: what it wrote itself, then what is on its way to the disk, then the disk. */
export class Transaction {
  readonly rows: Rows = new Map()
  readonly commitCallbacks: (() => void)[] = []

  constructor(private readonly read: <Row>(key: Key<Row>) => Row | undefined) {}

  get<Row>(key: Key<Row>): Row | undefined {
    return this.rows.has(key) ? (this.rows.get(key) as Row | undefined) : this.read(key)
  }

  /** A row is never changed once it was put; put another. */
  put<Row>(key: Key<Row>, row: Row): void {
    this.rows.set(key, row)
  }

  delete(key: string): void {
    this.rows.set(key, undefined)
  }

  /** Runs when the rows are on the disk, in the order of transactions. */
  afterCommit(then: () => void): void {
    this.commitCallbacks.push(then)
  }
}
