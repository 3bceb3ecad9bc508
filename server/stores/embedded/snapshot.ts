import type { Entry } from '../../../protocol/entry.ts'
import { firstPage } from '../../domain/paging.ts'
import type { Disk } from './database.ts'
import { endOf, type Key, keys, type StoredEntry } from './keys.ts'

// Maximum bytes per read from LevelDB. The default of 16 kB would cost a page of long texts many round trips.
const READ_BYTES = 1_000_000
// Rows per read: a page of fifty messages with some reactions in between.
const READ_ROWS = 80

/** A consistent view of the database: later writes are not visible. */
export class Snapshot {
  readonly #snapshot

  constructor(private readonly disk: Disk) {
    this.#snapshot = disk.snapshot()
  }

  get<Row>(key: Key<Row>): Row | undefined {
    return this.disk.getSync(key, { snapshot: this.#snapshot }) as Row | undefined
  }

  /** One page of the entries from `from` to `to`, both inclusive, in the direction of reading. */
  async entries(
    room: string,
    [from, to]: [number, number],
    page: { messages?: number; entries: number; backward?: boolean },
  ): Promise<Entry[]> {
    const cursor = this.disk.values({
      gte: keys.entry(room, from),
      lte: keys.entry(room, to),
      limit: page.entries,
      reverse: page.backward ?? false,
      snapshot: this.#snapshot,
      highWaterMarkBytes: READ_BYTES,
    })
    try {
      const run: Entry[] = []
      for (;;) {
        const rows = (await cursor.nextv(READ_ROWS)) as StoredEntry[]
        run.push(...rows.map(({ entry }) => entry))
        const first = firstPage(run, page)
        if (rows.length === 0 || first.length < run.length) return first
      }
    } finally {
      await cursor.close()
    }
  }

  /** Keys and rows of a range, in key order or reversed. */
  rows<Row>(range: { gte: string; lt: string; limit?: number; reverse?: boolean }): Promise<[string, Row][]> {
    const rows = this.disk.iterator({ ...range, snapshot: this.#snapshot, highWaterMarkBytes: READ_BYTES })
    return rows.all() as Promise<[string, Row][]>
  }

  /** Keys of a range, in key order or reversed. */
  keys(range: { gte: string; lt: string; limit?: number; reverse?: boolean }): Promise<string[]> {
    return this.disk.keys({ ...range, snapshot: this.#snapshot }).all()
  }

  /** What follows the prefix in keys, in order, starting after `after`. */
  async names(prefix: string, page: { after?: string; limit: number }): Promise<string[]> {
    const { after, limit } = page
    const from = after === undefined ? { gte: prefix } : { gt: prefix + after }
    const names = await this.disk.keys({ ...from, lt: endOf(prefix), limit, snapshot: this.#snapshot }).all()
    return names.map((key) => key.slice(prefix.length))
  }

  close(): Promise<void> {
    return this.#snapshot.close()
  }
}
