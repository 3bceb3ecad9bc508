import type { Entry } from '../../../protocol/entry.ts'
import { JOIN_PAGE_ENTRIES, PAGE_MAX_BYTES } from '../../../protocol/limits.ts'
import { losesText, withoutText } from '../../domain/deletion.ts'
import { firstPage } from '../../domain/paging.ts'
import { CacheBudget, type Evictable } from '../cache-budget.ts'

/** Enough for the page that a newcomer gets, and for those who were away for a moment. */
const KEPT = 256
/** Of an entry in memory besides its text, some bytes more or less. */
const ENTRY_BYTES = 500
/** A newcomer's page at its largest: V8 takes two bytes for a character. */
const KEPT_BYTES = 2 * PAGE_MAX_BYTES + JOIN_PAGE_ENTRIES * ENTRY_BYTES

const bytesOf = ({ text = '' }: Entry): number => ENTRY_BYTES + 2 * text.length

export interface Position {
  after?: number
  epoch?: string
}

/** The newest entries of a hosted room, as this node has handed them out: a hole-free run that ends at `head`. */
export class EntryCache implements Evictable {
  #entries: Entry[] = []
  #epoch = ''
  #head = 0
  #bytes = 0
  /** The newest page is at hand. */
  #isLoaded = false
  readonly #most: number
  readonly #budget: CacheBudget
  readonly #evicted: () => void

  /**
   * `most`: how long the log is at most, where that is less than what is kept of others. `evicted`: called when the
   * entries were let go of for others of the node; `load` brings them back.
   */
  constructor({
    most = Infinity,
    budget = new CacheBudget(),
    evicted = () => {},
  }: { most?: number; budget?: CacheBudget; evicted?: () => void } = {}) {
    this.#most = most
    this.#budget = budget
    this.#evicted = evicted
  }

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
    this.#clear()
  }

  evict(): void {
    this.#clear()
    this.#evicted()
  }

  close(): void {
    this.#clear()
  }

  /** Puts what was stored before the first one kept in front of it. */
  load(older: readonly Entry[]): void {
    const first = this.#first
    this.#entries.unshift(...older.filter((entry) => entry.seq < first))
    this.#entries = this.#entries.slice(-this.#most)
    this.#bytes = this.#entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
    this.#isLoaded = true
    this.#fit()
    // The page may have been read before a deletion that was heard first.
    for (const entry of this.#entries) if (entry.kind === 'delete') this.#forget(entry.target!)
  }

  add(entry: Entry): void {
    if (entry.kind === 'delete') this.#forget(entry.target!)
    this.#entries.push(entry)
    this.#head = entry.seq
    this.#bytes += bytesOf(entry)
    this.#fit()
  }

  /**
   * The entries that a join at this position is answered with, or undefined when they begin before what is kept and
   * must be read from the store.
   */
  page({ after, epoch }: Position): { entries: Entry[]; truncated: boolean } | undefined {
    const another = after !== undefined && ((epoch !== undefined && epoch !== this.#epoch) || after > this.#head)
    this.#budget.use(this, this.#bytes)
    if (after === undefined || another) {
      return this.#isLoaded ? { entries: this.#newest(), truncated: another } : undefined
    }
    if (after < this.#first - 1) return undefined
    const following = this.#entries.slice(after - this.#first + 1)
    return { entries: firstPage(following, { entries: JOIN_PAGE_ENTRIES }), truncated: false }
  }

  /** Lets go of the oldest entries past a limit; the newest stays. */
  #fit(): void {
    const { length } = this.#entries
    let from = length > this.#most ? length - this.#most : length > 2 * KEPT ? length - KEPT : 0
    for (let i = 0; i < from; i++) this.#bytes -= bytesOf(this.#entries[i]!)
    while (this.#bytes > KEPT_BYTES && from < length - 1) this.#bytes -= bytesOf(this.#entries[from++]!)
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
    const backward = this.#entries.slice(-JOIN_PAGE_ENTRIES).reverse()
    return firstPage(backward, { entries: JOIN_PAGE_ENTRIES }).reverse()
  }

  get #first(): number {
    return this.#head - this.#entries.length + 1
  }

  #forget(target: number): void {
    this.#entries = this.#entries.map((entry) => (losesText(entry, target) ? withoutText(entry) : entry))
    this.#bytes = this.#entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  }
}
