import type { Entry } from '../../../protocol/entry.ts'
import { firstPage } from '../../domain/paging.ts'
import type { Disk } from './database.ts'
import { endOf, type Key, keys, type StoredEntry } from './keys.ts'

// One read of LevelDB hands over at most this much; the default of 16 kB costs a page of long texts many round trips.
const READ_BYTES = 1_000_000
// A page of fifty messages with some reactions between them, in one read.
const READ_ROWS = 80

/** One moment of the disk: later writes do not show. */
export class Snapshot {
  readonly #snapshot

  constructor(private readonly disk: Disk) {
    this.#snapshot = disk.snapshot()
  }

  get<Row>(key: Key<Row>): Row | undefined {
    return this.disk.getSync(key, { snapshot: this.#snapshot }) as Row | undefined
  }

  /** As much as makes a page of the entries from `from` to `to`, both included, in the direction of reading. */
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

  /** Keys and rows of a range, in the order of keys, or backward with `reverse`. */
  rows<Row>(range: { gte: string; lt: string; limit?: number; reverse?: boolean }): Promise<[string, Row][]> {
    const rows = this.disk.iterator({ ...range, snapshot: this.#snapshot, highWaterMarkBytes: READ_BYTES })
    return rows.all() as Promise<[string, Row][]>
  }

  /** Keys of a range, in order, or backward with `reverse`. */
  keys(range: { gte: string; lt: string; limit?: number; reverse?: boolean }): Promise<string[]> {
    return this.disk.keys({ ...range, snapshot: this.#snapshot }).all()
  }

  /** What follows the prefix in its keys, in order, behind `after`. */
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
