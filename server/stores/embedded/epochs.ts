import { randomBytes } from 'node:crypto'
import type { Entry } from '../../../protocol/entry.ts'
import type { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { endOf, type Head, type Key, keys, NO_ENTRIES, seqOf } from './keys.ts'
import type { RoomChanges } from './room-changes.ts'
import type { Snapshot } from './snapshot.ts'

/** How many of a log's newest keys are checked when it is first used: the most frequently read pages. */
const CHECKED_KEYS = 512
/** Maximum number of rooms remembered as checked. */
const CHECKED_MAX = 50_000
const DELETED_AT_ONCE = 1_000

export const newEpoch = (): string => randomBytes(9).toString('base64url')

/**
 * Epochs of the logs in a directory: one shared by all, and a separate one for each log that was damaged. The first
 * append, read or follow of a log checks its oldest and newest keys; a gap elsewhere is detected when a page contains
 * it (`isContiguous`). A damaged log continues with the entries above its topmost gap.
 */
export class Epochs {
  readonly #checks = new Map<string, Promise<void>>()
  readonly #renewals = new Map<string, Promise<void>>()
  readonly #checked = new Set<string>()

  constructor(
    private readonly shared: { groupCommit: GroupCommit; followers: Followers; changes: RoomChanges; epoch: string },
    /** Called with a sentence for the process's log. */
    private readonly warn: (sentence: string) => void,
  ) {}

  of(rows: { get<Row>(key: Key<Row>): Row | undefined }, room: string): string {
    return rows.get(keys.renewed(room)) ?? this.shared.epoch
  }

  isChecked(room: string): boolean {
    return this.#checked.has(room)
  }

  /** Resolves when the log may be used. The next caller retries a failed check. */
  async check(room: string): Promise<void> {
    if (this.#checked.has(room)) return
    const check = this.#checks.get(room) ?? this.#check(room)
    this.#checks.set(room, check)
    try {
      await check
    } finally {
      this.#checks.delete(room)
    }
  }

  /** Starts a new epoch for a log with a gap, once for concurrent callers, and notifies its followers. */
  async renew(room: string): Promise<void> {
    const renewal = this.#renewals.get(room) ?? this.#renew(room)
    this.#renewals.set(room, renewal)
    try {
      await renewal
    } finally {
      this.#renewals.delete(room)
    }
  }

  async #renew(room: string): Promise<void> {
    const { groupCommit, followers, changes } = this.shared
    const { run, isWhole } = await groupCommit.read(async (view) => {
      const run = await topmostRun(view, room)
      const { first, head } = view.get(keys.head(room)) ?? NO_ENTRIES
      return { run, isWhole: run?.from === first && run.to === head }
    })
    // Another reader has renewed it already.
    if (isWhole) return
    await this.#deleteBelow(room, run)
    const epoch = newEpoch()
    const before = groupCommit.get(keys.head(room)) ?? NO_ENTRIES
    const after = await groupCommit.run((tx) => {
      let to = run?.to ?? 0
      // Include entries appended meanwhile.
      while (tx.get(keys.entry(room, to + 1))) to++
      const newest = tx.get(keys.entry(room, to))
      const head: Head = newest
        ? { ...before, head: to, first: run?.from ?? 1, at: newest.entry.at, messages: newest.nth }
        : NO_ENTRIES
      const isLastLeft = before.last >= head.first && before.last <= head.head
      const last = isLastLeft ? before.last : newest?.entry.kind === 'message' ? to : 0
      const renewed = { ...head, last, bytes: 0, counted: head.first - 1 }
      tx.put(keys.head(room), renewed)
      tx.put(keys.renewed(room), epoch)
      tx.afterCommit(() => {
        changes.note(room)
        followers.renew(room, { epoch, head: renewed.head })
      })
      return renewed
    })
    this.warn(
      `The log of ${room} lost entries on disk: of ${before.first} to ${before.head}, ${after.first} to ${after.head} ` +
        'remain. It continues with a new epoch. Check the disk, and restore DATA_DIR from a backup if you need the rest.',
    )
  }

  async #check(room: string): Promise<void> {
    if (await this.shared.groupCommit.read((view) => isDamaged(view, room))) await this.renew(room)
    if (this.#checked.size >= CHECKED_MAX) this.#checked.clear()
    this.#checked.add(room)
  }

  async #deleteBelow(room: string, run: SeqRange | undefined): Promise<void> {
    if (!run) return
    const { groupCommit } = this.shared
    for (;;) {
      const range = { gte: keys.entry(room, 0), lt: keys.entry(room, run.from), limit: DELETED_AT_ONCE }
      const old = await groupCommit.read((view) => view.keys(range))
      if (old.length === 0) return
      await groupCommit.run((tx) => {
        for (const key of old) {
          tx.delete(key)
          tx.delete(keys.edits(room, seqOf(key)))
          tx.delete(keys.reactions(room, seqOf(key)))
        }
      })
    }
  }
}

interface SeqRange {
  from: number
  to: number
}

const allOf = (room: string) => ({ gte: keys.entry(room, 0), lt: endOf(keys.entries(room)) })

async function isDamaged(view: Snapshot, room: string): Promise<boolean> {
  const { first, head } = view.get(keys.head(room)) ?? NO_ENTRIES
  const [oldest] = await view.keys({ ...allOf(room), gte: keys.entry(room, first), limit: 1 })
  const newest = await view.keys({ ...allOf(room), limit: CHECKED_KEYS, reverse: true })
  if (first > head) return oldest !== undefined
  if (!oldest || seqOf(oldest) !== first) return true
  const expected = Math.min(CHECKED_KEYS, head - first + 1)
  return newest.slice(0, expected).some((key, i) => seqOf(key) !== head - i) || newest.length < expected
}

/** The newest contiguous entries; undefined if the log is empty. Reads all keys of the log. */
async function topmostRun(view: Snapshot, room: string): Promise<SeqRange | undefined> {
  const seqs = (await view.keys({ ...allOf(room), reverse: true })).map(seqOf)
  const [to] = seqs
  if (to === undefined) return undefined
  const { first } = view.get(keys.head(room)) ?? NO_ENTRIES
  let from = to
  for (const seq of seqs.slice(1)) {
    if (seq !== from - 1 || (seq < first && to >= first)) break
    from = seq
  }
  return { from, to }
}

/**
 * Whether a page's entries are contiguous and start at `from` or end at `to`, where given; neither: the page must be
 * empty.
 */
export function isContiguous(entries: Entry[], expected: { from?: number; to?: number }): boolean {
  const { from = entries[0]?.seq, to = entries.at(-1)?.seq } = expected
  if (entries.length === 0) return expected.from === undefined && expected.to === undefined
  if (entries[0]!.seq !== from || entries.at(-1)!.seq !== to) return false
  return entries.at(-1)!.seq - entries[0]!.seq === entries.length - 1
}
