import { directPeople, isDirect, isMatch, LOBBY } from '../../../protocol/room.ts'
import { appendFaults } from '../../domain/append-rules.ts'
import { StoreFull } from '../../domain/fault-error.ts'
import type { ReadMark, RoomDirectoryStore, RoomState, StoreSettings } from '../../domain/ports.ts'
import { withTimeout } from './database.ts'
import type { Epochs } from './epochs.ts'
import type { GroupCommit } from './group-commit.ts'
import { type Head, type Key, keys, NO_ENTRIES, type StoredReadMark } from './keys.ts'
import { extendDirect, extendUser } from './people.ts'
import type { RoomChanges } from './room-changes.ts'
import type { SharedRoster } from './shared-roster.ts'
import type { Transaction } from './transaction.ts'

export class EmbeddedRooms implements RoomDirectoryStore {
  constructor(
    private readonly shared: { groupCommit: GroupCommit; roster: SharedRoster; changes: RoomChanges; epochs: Epochs },
    private readonly settings: StoreSettings,
  ) {}

  publicRooms(page: { after?: string; limit: number }): Promise<string[]> {
    const { groupCommit, roster } = this.shared
    return groupCommit.read(async (snapshot) => {
      const stored = await snapshot.names(keys.public(''), page)
      const occupied = roster.rooms().filter((room) => !isDirect(room) && !isMatch(room))
      const names = [...new Set([LOBBY, ...stored, ...occupied])].filter((room) => room > (page.after ?? ''))
      return names.sort().slice(0, page.limit)
    })
  }

  directRooms(user: string, page: { after?: string; limit: number }): Promise<string[]> {
    return this.shared.groupCommit.read((view) =>
      isKept(view, user) ? view.names(keys.open(user, ''), page) : Promise.resolve([]),
    )
  }

  states(rooms: readonly string[]): Promise<(RoomState | undefined)[]> {
    const ask = async () => rooms.map((room) => this.#state(room))
    return withTimeout(ask())
  }

  readMarks(user: string, rooms: readonly RoomState[]): Promise<ReadMark[]> {
    const { groupCommit } = this.shared
    const ask = async () =>
      rooms.map(({ room }) => {
        const { seq, nth } = readIn(groupCommit, room, user)
        return { seq, messages: nth }
      })
    return withTimeout(ask())
  }

  async changes(since?: string): Promise<{ rooms?: string[]; next: string }> {
    return this.shared.changes.since(since)
  }

  markRead(room: string, user: string, seq: number, epoch?: string): Promise<boolean> {
    return this.shared.groupCommit.run((tx) => {
      if (epoch !== undefined && epoch !== this.shared.epochs.of(tx, room)) throw appendFaults.stale_epoch()
      const log = tx.get(keys.head(room)) ?? NO_ENTRIES
      if (seq > log.head) throw appendFaults.no_such_entry(seq)
      const mark = keys.read(user, room)
      if (readIn(tx, room, user).seq >= seq) return false
      const own = tx.get(keys.renewed(room))
      tx.put(mark, { seq, nth: ordinal(tx, room, log, seq), ...(own !== undefined && { epoch: own }) })
      extendUser(tx, { id: user }, Date.now() + this.settings.rememberMs)
      if (isDirect(room)) tx.afterCommit(() => this.shared.changes.note(room))
      return true
    })
  }

  async openDirect(room: string, people: readonly [string, string]): Promise<boolean> {
    try {
      return await this.#openDirect(room, people)
    } catch (error) {
      // A full disk cannot open rooms, but rooms that are open already need no write.
      const isOpen = async () => (await Promise.all(people.map((id) => this.isDirectOpen(room, id)))).every(Boolean)
      if (error instanceof StoreFull && (await isOpen())) return false
      throw error
    }
  }

  #openDirect(room: string, people: readonly [string, string]): Promise<boolean> {
    return this.shared.groupCommit.run((tx) => {
      const isNew = tx.get(keys.open(people[0], room)) === undefined
      for (const user of people) {
        tx.put(keys.open(user, room), 1)
        extendDirect(tx, user, Date.now() + this.settings.rememberMs)
      }
      if (isNew) tx.afterCommit(() => this.shared.changes.note(room))
      return isNew
    })
  }

  isDirectOpen(room: string, user: string): Promise<boolean> {
    const { groupCommit } = this.shared
    const ask = async () => groupCommit.get(keys.open(user, room)) !== undefined && isKept(groupCommit, user)
    return directPeople(room) ? withTimeout(ask()) : Promise.resolve(false)
  }

  /** Reads from disk once after each change; the cached state is dropped in the tick in which the room changes. */
  #state(room: string): RoomState | undefined {
    const { changes, roster, groupCommit, epochs } = this.shared
    const known = changes.state(room)
    if (known && !this.#isTooOld(known)) return known
    const { head, messages, last } = groupCommit.get(keys.head(room)) ?? NO_ENTRIES
    const online = roster.online(room)
    if (head === 0 && online === 0 && room !== LOBBY && !isDirect(room)) return undefined
    const newest = groupCommit.get(keys.entry(room, last))?.entry
    const state = { room, epoch: epochs.of(groupCommit, room), head, messages, online }
    return changes.remember(newest && !this.#isTooOld({ last: newest }) ? { ...state, last: newest } : state)
  }

  #isTooOld({ last }: Pick<RoomState, 'last'>): boolean {
    const { logMaxAgeMs } = this.settings
    return last !== undefined && logMaxAgeMs > 0 && last.at < Date.now() - logMaxAgeMs
  }
}

/** Whether the user's direct rooms have not expired. */
function isKept(rows: { get<Row>(key: Key<Row>): Row | undefined }, user: string): boolean {
  return (rows.get(keys.direct(user))?.until ?? 0) > Date.now()
}

/** A user's read mark in the log's current epoch. */
function readIn(rows: { get<Row>(key: Key<Row>): Row | undefined }, room: string, user: string): StoredReadMark {
  const storedReadMark = rows.get(keys.read(user, room))
  return storedReadMark && storedReadMark.epoch === rows.get(keys.renewed(room)) ? storedReadMark : { seq: 0, nth: 0 }
}

/** Messages up to and including `seq`; for a trimmed seq, the messages before the oldest entry left. */
function ordinal(tx: Transaction, room: string, { first, messages }: Head, seq: number): number {
  const storedEntry = tx.get(keys.entry(room, Math.max(seq, first)))
  if (!storedEntry) return messages
  return seq < first && storedEntry.entry.kind === 'message' ? storedEntry.nth - 1 : storedEntry.nth
}
