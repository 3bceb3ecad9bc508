import type { RoomSummary } from '../../../protocol/commands.ts'
import { directPeople, isDirect, isMatch, LOBBY } from '../../../protocol/room.ts'
import { refusals } from '../../domain/appending.ts'
import type { RoomBook, StoreSettings } from '../../domain/ports.ts'
import { answered } from './disk.ts'
import type { Epochs } from './epochs.ts'
import type { Hall } from './hall.ts'
import { type Head, type Key, keys, type Mark, NO_ENTRIES } from './keys.ts'
import type { Ledger } from './ledger.ts'
import { keep, keepDirect } from './people.ts'
import type { Transaction } from './transaction.ts'
import type { View } from './view.ts'

export class EmbeddedRooms implements RoomBook {
  constructor(
    private readonly shared: { ledger: Ledger; hall: Hall; epochs: Epochs },
    private readonly settings: StoreSettings,
  ) {}

  list(user: string, page: { after?: string; limit: number }) {
    const { limit } = page
    return this.shared.ledger.read(async (view) => {
      // One more of each than the page holds: whatever the page is made of, it shows whether there are further ones.
      const among = { after: page.after, limit: limit + 1 }
      const spoken = await view.names(keys.public(''), among)
      const direct = isKept(view, user) ? await view.names(keys.open(user, ''), among) : []
      const occupied = this.shared.hall.rooms().filter((room) => !isDirect(room) && !isMatch(room))
      const all = new Set([LOBBY, ...spoken, ...direct, ...occupied])
      const names = [...all].filter((room) => room > (page.after ?? '')).sort()
      const rooms = names.slice(0, limit).map((room) => this.#summary(view, user, room))
      const next = names.length > limit ? names[limit - 1] : undefined
      return { rooms, ...(next !== undefined && { next }) }
    })
  }

  markRead(room: string, user: string, seq: number, epoch?: string): Promise<boolean> {
    return this.shared.ledger.run((tx) => {
      if (epoch !== undefined && epoch !== this.shared.epochs.of(tx, room)) throw refusals.stale_epoch()
      const log = tx.get(keys.head(room)) ?? NO_ENTRIES
      if (seq > log.head) throw refusals.no_such_entry(seq)
      const mark = keys.read(user, room)
      if (readIn(tx, room, user).seq >= seq) return false
      const own = tx.get(keys.renewed(room))
      tx.put(mark, { seq, nth: ordinal(tx, room, log, seq), ...(own !== undefined && { epoch: own }) })
      keep(tx, { id: user }, Date.now() + this.settings.rememberMs)
      return true
    })
  }

  openDirect(room: string, people: readonly [string, string]): Promise<boolean> {
    return this.shared.ledger.run((tx) => {
      const isNew = tx.get(keys.open(people[0], room)) === undefined
      for (const user of people) {
        tx.put(keys.open(user, room), 1)
        keepDirect(tx, user, Date.now() + this.settings.rememberMs)
      }
      return isNew
    })
  }

  isDirectOpen(room: string, user: string): Promise<boolean> {
    const { ledger } = this.shared
    const ask = async () => ledger.get(keys.open(user, room)) !== undefined && isKept(ledger, user)
    return directPeople(room) ? answered(ask()) : Promise.resolve(false)
  }

  #summary(view: View, user: string, room: string): RoomSummary {
    const { head, messages, last } = view.get(keys.head(room)) ?? NO_ENTRIES
    const read = readIn(view, room, user)
    const newest = view.get(keys.entry(room, last))?.entry
    const { logMaxAgeMs } = this.settings
    const kept = newest && (logMaxAgeMs === 0 || newest.at >= Date.now() - logMaxAgeMs)
    const online = this.shared.hall.online(room)
    return { room, online, head, read: read.seq, unread: messages - read.nth, ...(kept && { last: newest }) }
  }
}

/** Whether the direct rooms that were opened for a user are open still. */
function isKept(rows: { get<Row>(key: Key<Row>): Row | undefined }, user: string): boolean {
  return (rows.get(keys.direct(user))?.until ?? 0) > Date.now()
}

/** What a user has read of a log, in its present epoch. */
function readIn(rows: { get<Row>(key: Key<Row>): Row | undefined }, room: string, user: string): Mark {
  const mark = rows.get(keys.read(user, room))
  return mark && mark.epoch === rows.get(keys.renewed(room)) ? mark : { seq: 0, nth: 0 }
}

/** How many messages there were up to `seq`; for one that was trimmed, up to the oldest that is left. */
function ordinal(tx: Transaction, room: string, { first, messages }: Head, seq: number): number {
  const line = tx.get(keys.entry(room, Math.max(seq, first)))
  if (!line) return messages
  return seq < first && line.entry.kind === 'message' ? line.nth - 1 : line.nth
}
