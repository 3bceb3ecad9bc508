import type { Entry } from '../../protocol/entry.ts'
import { JOIN_PAGE_ENTRIES } from '../../protocol/limits.ts'
import { losesText, withoutText } from '../domain/deletion.ts'
import { firstPage } from '../domain/paging.ts'

/** Enough for the page that a newcomer gets, and for those who were away for a moment. */
const KEPT = 256

export interface Position {
  after?: number
  epoch?: string
}

/** The newest entries of a hosted room, as this node has handed them out: a hole-free run that ends at `head`. */
export class Recent {
  #entries: Entry[] = []
  #epoch = ''
  #head = 0

  /** `most`: how long the log is at most, where that is less than what is kept of others. */
  constructor(private readonly most = Infinity) {}

  get epoch(): string {
    return this.#epoch
  }

  get head(): number {
    return this.#head
  }

  /** Begins at a head whose entries are yet to be loaded. */
  restart(log: { epoch: string; head: number }): void {
    this.#epoch = log.epoch
    this.#head = log.head
    this.#entries = []
  }

  /** Puts what was stored before the first one kept in front of it. */
  load(older: readonly Entry[]): void {
    const first = this.#first
    this.#entries.unshift(...older.filter((entry) => entry.seq < first))
    this.#entries = this.#entries.slice(-this.most)
    // The page may have been read before a deletion that was heard first.
    for (const entry of this.#entries) if (entry.kind === 'delete') this.#forget(entry.target!)
  }

  add(entry: Entry): void {
    if (entry.kind === 'delete') this.#forget(entry.target!)
    this.#entries.push(entry)
    this.#head = entry.seq
    if (this.#entries.length > this.most) this.#entries.shift()
    if (this.#entries.length > 2 * KEPT) this.#entries = this.#entries.slice(-KEPT)
  }

  /**
   * The entries that a join at this position is answered with, or undefined when they begin before what is kept and
   * must be read from the store.
   */
  page({ after, epoch }: Position): { entries: Entry[]; truncated: boolean } | undefined {
    const another = after !== undefined && ((epoch !== undefined && epoch !== this.#epoch) || after > this.#head)
    if (after === undefined || another) return { entries: this.#newest(), truncated: another }
    if (after < this.#first - 1) return undefined
    const following = this.#entries.slice(after - this.#first + 1)
    return { entries: firstPage(following, { entries: JOIN_PAGE_ENTRIES }), truncated: false }
  }

  #newest(): Entry[] {
    const backward = this.#entries.slice(-JOIN_PAGE_ENTRIES).reverse()
    return firstPage(backward, { entries: JOIN_PAGE_ENTRIES }).reverse()
  }

  get #first(): number {
    return this.#head - this.#entries.length + 1
  }

  #forget(target: number): void {
    this.#entries = this.#entries.map((entry) => (losesText(entry, target) ? withoutText(entry) : entry))
  }
}
