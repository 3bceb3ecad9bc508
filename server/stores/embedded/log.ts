import { appendFaults } from '../../domain/append-rules.ts'
import { UnconfirmedAppends } from '../../domain/lost-answers.ts'
import type {
  Appended,
  Draft,
  Follower,
  Page,
  Range,
  RoomLog,
  StoreSettings,
  Subscription,
} from '../../domain/ports.ts'
import { append } from './append.ts'
import { withTimeout } from './database.ts'
import type { EndedMatches } from './ended-matches.ts'
import { type Epochs, isContiguous } from './epochs.ts'
import type { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { type Head, keys, NO_ENTRIES } from './keys.ts'
import type { RoomChanges } from './room-changes.ts'
import type { Snapshot } from './snapshot.ts'
import { isOverdue, trim } from './trim.ts'

export class EmbeddedLog implements RoomLog {
  readonly #stops = new Set<() => void>()
  readonly #lostAnswers = new UnconfirmedAppends()

  constructor(
    private readonly shared: {
      groupCommit: GroupCommit
      followers: Followers
      endedMatches: EndedMatches
      changes: RoomChanges
      epochs: Epochs
    },
    private readonly settings: StoreSettings,
  ) {}

  append(room: string, draft: Draft): Promise<Appended> {
    return this.#lostAnswers.append(room, draft, () => {
      const { epochs } = this.shared
      if (epochs.isChecked(room)) return this.#append(room, draft)
      return epochs.check(room).then(() => this.#append(room, draft))
    })
  }

  #append(room: string, draft: Draft): Promise<Appended> {
    const { groupCommit, followers, endedMatches, changes, epochs } = this.shared
    return groupCommit.run((tx) => {
      if (endedMatches.has(room)) throw appendFaults.not_in_room()
      const epoch = epochs.of(tx, room)
      const { entry, created: fresh } = append(tx, room, draft, { epoch, settings: this.settings, now: Date.now() })
      if (!fresh) return { entry: { ...entry }, created: false }
      tx.afterCommit(() => {
        changes.note(room)
        followers.notify([entry])
      })
      return { entry, created: true }
    })
  }

  async read(room: string, range: Range): Promise<Page> {
    const { epochs } = this.shared
    await epochs.check(room)
    await this.trim(room)
    const page = await this.#page(room, range)
    if (page) return page
    await epochs.renew(room)
    return this.read(room, range)
  }

  /** Undefined if the page contains a gap. */
  #page(room: string, range: Range): Promise<Page | undefined> {
    const { groupCommit, epochs } = this.shared
    return groupCommit.read(async (view) => {
      const log = view.get(keys.head(room)) ?? NO_ENTRIES
      const epoch = epochs.of(view, room)
      const { after } = range
      if (after === undefined || after > log.head) {
        const backwards = await backward(view, room, log, range)
        const to = Math.min(log.head, (range.before ?? Infinity) - 1)
        if (!isContiguous(backwards.entries, to < log.first ? {} : { to })) return undefined
        return { epoch, head: log.head, ...backwards, truncated: after !== undefined }
      }
      const forwards = await forward(view, room, log, { ...range, after })
      const from = Math.max(log.first, after + 1)
      if (!isContiguous(forwards.entries, from > log.head ? {} : { from })) return undefined
      return { epoch, head: log.head, ...forwards, truncated: after + 1 < log.first }
    })
  }

  follow(room: string, follower: Follower): Promise<Subscription> {
    const { groupCommit, followers, epochs } = this.shared
    const begin = async () => {
      await epochs.check(room)
      const epoch = epochs.of(groupCommit, room)
      // A batch may be on disk before its entries are delivered; entries up to `head` are not delivered to this
      // follower.
      const head = groupCommit.get(keys.head(room))?.head ?? 0
      const forget = followers.add(room, head, follower)
      const stop = () => {
        forget()
        this.#stops.delete(stop)
      }
      this.#stops.add(stop)
      return { epoch, head, stop, catchUp: () => groupCommit.settled() }
    }
    return withTimeout(begin())
  }

  /** Deletes overdue entries, also in rooms without appends. */
  async trim(room: string): Promise<void> {
    const { groupCommit } = this.shared
    const overdue = (log: Head | undefined) => log && isOverdue(groupCommit, room, log, this.settings, Date.now())
    const check = async () => overdue(groupCommit.get(keys.head(room)))
    if (!(await withTimeout(check()))) return
    await groupCommit.run((tx) => trim(tx, room, tx.get(keys.head(room)) ?? NO_ENTRIES, this.settings, Date.now()))
  }

  async trimAll(): Promise<void> {
    let after: string | undefined
    do {
      const rooms = await this.shared.groupCommit.read((view) => view.names(keys.head(''), { after, limit: 100 }))
      for (const room of rooms) await this.trim(room)
      after = rooms.at(-1)
    } while (after !== undefined)
  }

  stopFollowing(): void {
    for (const stop of this.#stops) stop()
  }
}

async function forward(view: Snapshot, room: string, { first, head }: Head, range: Range & { after: number }) {
  const entries = await view.entries(room, [Math.max(first, range.after + 1), head], range)
  return { entries, more: (entries.at(-1)?.seq ?? head) < head }
}

async function backward(view: Snapshot, room: string, { first, head }: Head, range: Range) {
  const to = Math.min(head, (range.before ?? Infinity) - 1)
  const entries = (await view.entries(room, [first, to], { ...range, backward: true })).reverse()
  return { entries, more: (entries[0]?.seq ?? first) > first }
}
