import { refusals } from '../../domain/append-rules.ts'
import { LostAnswers } from '../../domain/lost-answers.ts'
import type { Appended, Draft, Follower, Following, Page, Range, RoomLog, StoreSettings } from '../../domain/ports.ts'
import { append } from './append.ts'
import { answered } from './database.ts'
import type { EndedMatches } from './ended-matches.ts'
import { type Epochs, isWhole } from './epochs.ts'
import type { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { type Head, keys, NO_ENTRIES } from './keys.ts'
import type { RoomChanges } from './room-changes.ts'
import type { Snapshot } from './snapshot.ts'
import { isOverdue, trim } from './trim.ts'

export class EmbeddedLog implements RoomLog {
  readonly #stops = new Set<() => void>()
  readonly #lostAnswers = new LostAnswers()

  constructor(
    private readonly shared: {
      ledger: GroupCommit
      followers: Followers
      over: EndedMatches
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
    const { ledger, followers, over, changes, epochs } = this.shared
    return ledger.run((tx) => {
      if (over.has(room)) throw refusals.not_in_room()
      const epoch = epochs.of(tx, room)
      const { entry, fresh } = append(tx, room, draft, { epoch, settings: this.settings, now: Date.now() })
      if (!fresh) return { entry: { ...entry }, created: false }
      tx.after(() => {
        changes.note(room)
        followers.tell([entry])
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

  /** Undefined when the page meets a hole. */
  #page(room: string, range: Range): Promise<Page | undefined> {
    const { ledger, epochs } = this.shared
    return ledger.read(async (view) => {
      const log = view.get(keys.head(room)) ?? NO_ENTRIES
      const epoch = epochs.of(view, room)
      const { after } = range
      if (after === undefined || after > log.head) {
        const backwards = await backward(view, room, log, range)
        const to = Math.min(log.head, (range.before ?? Infinity) - 1)
        if (!isWhole(backwards.entries, to < log.first ? {} : { to })) return undefined
        return { epoch, head: log.head, ...backwards, truncated: after !== undefined }
      }
      const forwards = await forward(view, room, log, { ...range, after })
      const from = Math.max(log.first, after + 1)
      if (!isWhole(forwards.entries, from > log.head ? {} : { from })) return undefined
      return { epoch, head: log.head, ...forwards, truncated: after + 1 < log.first }
    })
  }

  follow(room: string, follower: Follower): Promise<Following> {
    const { ledger, followers, epochs } = this.shared
    const begin = async () => {
      await epochs.check(room)
      const epoch = epochs.of(ledger, room)
      // A batch may be on disk and not yet told; it is told to those who do not have it already.
      const head = ledger.get(keys.head(room))?.head ?? 0
      const forget = followers.add(room, head, follower)
      const stop = () => {
        forget()
        this.#stops.delete(stop)
      }
      this.#stops.add(stop)
      return { epoch, head, stop }
    }
    return answered(begin())
  }

  /** Takes out what is overdue, also where nothing is said any more. */
  async trim(room: string): Promise<void> {
    const { ledger } = this.shared
    const overdue = (log: Head | undefined) => log && isOverdue(ledger, room, log, this.settings, Date.now())
    const check = async () => overdue(ledger.get(keys.head(room)))
    if (!(await answered(check()))) return
    await ledger.run((tx) => trim(tx, room, tx.get(keys.head(room)) ?? NO_ENTRIES, this.settings, Date.now()))
  }

  async trimAll(): Promise<void> {
    let after: string | undefined
    do {
      const rooms = await this.shared.ledger.read((view) => view.names(keys.head(''), { after, limit: 100 }))
      for (const room of rooms) await this.trim(room)
      after = rooms.at(-1)
    } while (after !== undefined)
  }

  stop(): void {
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
