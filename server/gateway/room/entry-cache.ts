import type { Entry } from '../../../protocol/entry.ts'
import { JOIN_PAGE_ENTRIES, PAGE_MAX_BYTES } from '../../../protocol/limits.ts'
import { losesText, withoutText } from '../../domain/deletion.ts'
import { firstPage } from '../../domain/paging.ts'
import { CacheBudget, type Evictable } from '../cache-budget.ts'

/** Enough for the page of a new member, and for clients that were disconnected for a moment. */
const MAX_ENTRIES = 256
/** Approximate size of an entry in memory without its text. */
const ENTRY_BYTES = 500
/** The largest page of a new member. V8 takes up to two bytes per character. */
const MAX_BYTES = 2 * PAGE_MAX_BYTES + JOIN_PAGE_ENTRIES * ENTRY_BYTES

const bytesOf = ({ text = '' }: Entry): number => ENTRY_BYTES + 2 * text.length

export interface Position {
  after?: number
  epoch?: string
}

/** The newest entries of a hosted room in the order of delivery: consecutive seqs that end at `head`. */
export class EntryCache implements Evictable {
  #entries: Entry[] = []
  #epoch = ''
  #head = 0
  #bytes = 0
  /** Whether the newest page is cached. */
  #isLoaded = false
  readonly #maxEntries: number
  readonly #budget: CacheBudget
  readonly #onEvict: () => void

  /**
   * `maxEntries`: the length limit of the log, if it has one. `onEvict` is called when the cache was emptied to stay
   * within `budget`; `load` fills it again.
   */
  constructor({
    maxEntries = Infinity,
    budget = new CacheBudget(),
    onEvict = () => {},
  }: { maxEntries?: number; budget?: CacheBudget; onEvict?: () => void } = {}) {
    this.#maxEntries = maxEntries
    this.#budget = budget
    this.#onEvict = onEvict
  }

  get epoch(): string {
    return this.#epoch
  }

  get head(): number {
    return this.#head
  }

  /** Empties the cache and continues from this head; `load` adds the entries before it. */
  restart(log: { epoch: string; head: number }): void {
    this.#epoch = log.epoch
    this.#head = log.head
    this.#clear()
  }

  evict(): void {
    this.#clear()
    this.#onEvict()
  }

  close(): void {
    this.#clear()
  }

  /** Adds the newest page as read from the store, except for the entries that are cached already. */
  load(older: readonly Entry[]): void {
    const first = this.#first
    this.#entries.unshift(...older.filter((entry) => entry.seq < first))
    this.#entries = this.#entries.slice(-this.#maxEntries)
    this.#bytes = this.#entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
    this.#isLoaded = true
    this.#trim()
    // The page may be older than a deletion that is cached already.
    for (const entry of this.#entries) if (entry.kind === 'delete') this.#eraseText(entry.target!)
  }

  add(entry: Entry): void {
    if (entry.kind === 'delete') this.#eraseText(entry.target!)
    this.#entries.push(entry)
    this.#head = entry.seq
    this.#bytes += bytesOf(entry)
    this.#trim()
  }

  /** Whether the position is not in this log as far as this node knows it: beyond the head, or of another epoch. */
  isElsewhere({ after, epoch }: Position): boolean {
    return after !== undefined && ((epoch !== undefined && epoch !== this.#epoch) || after > this.#head)
  }

  /**
   * The entries that answer a join at this position, or undefined when they begin before the first cached entry and
   * must be read from the store.
   */
  page(position: Position): { entries: Entry[]; truncated: boolean } | undefined {
    const { after } = position
    const isOtherLog = this.isElsewhere(position)
    this.#budget.use(this, this.#bytes)
    if (after === undefined || isOtherLog) {
      return this.#isLoaded ? { entries: this.#newest(), truncated: isOtherLog } : undefined
    }
    if (after < this.#first - 1) return undefined
    const newer = this.#entries.slice(after - this.#first + 1)
    return { entries: firstPage(newer, { entries: JOIN_PAGE_ENTRIES }), truncated: false }
  }

  /** Drops the oldest entries past the limits, except for the newest entry. */
  #trim(): void {
    const { length } = this.#entries
    let from =
      length > this.#maxEntries ? length - this.#maxEntries : length > 2 * MAX_ENTRIES ? length - MAX_ENTRIES : 0
    for (let i = 0; i < from; i++) this.#bytes -= bytesOf(this.#entries[i]!)
    while (this.#bytes > MAX_BYTES && from < length - 1) this.#bytes -= bytesOf(this.#entries[from++]!)
    if (from > 0) this.#entries = this.#entries.slice(from)
    this.#budget.use(this, this.#bytes)
  }

  #clear(): void {
    this.#entries = []
    this.#bytes = 0
    this.#isLoaded = false
    this.#budget.remove(this)
  }

  #newest(): Entry[] {
    const newestFirst = this.#entries.slice(-JOIN_PAGE_ENTRIES).reverse()
    return firstPage(newestFirst, { entries: JOIN_PAGE_ENTRIES }).reverse()
  }

  get #first(): number {
    return this.#head - this.#entries.length + 1
  }

  #eraseText(target: number): void {
    this.#entries = this.#entries.map((entry) => (losesText(entry, target) ? withoutText(entry) : entry))
    this.#bytes = this.#entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  }
}
