import type { Entry } from '../../../protocol/entry.ts'
import { isDirect, isMatch } from '../../../protocol/room.ts'
import { entryOf, mentioned, permit } from '../../domain/appending.ts'
import { withoutText } from '../../domain/deletion.ts'
import type { Draft, StoreSettings } from '../../domain/ports.ts'
import { type Head, keys, NO_ENTRIES } from './keys.ts'
import type { Transaction } from './transaction.ts'
import { trim } from './trimming.ts'

/** What an append found or added. */
export interface Appended {
  entry: Entry
  fresh: boolean
}

export function append(
  tx: Transaction,
  room: string,
  draft: Draft,
  { epoch, settings, now }: { epoch: string; settings: StoreSettings; now: number },
): Appended {
  const known = findSent(tx, room, draft, now)
  if (known) return { entry: known, fresh: false }

  const log = trim(tx, room, tx.get(keys.head(room)) ?? NO_ENTRIES, settings, now)
  const seq = mentioned(draft)
  const about = seq === undefined ? undefined : tx.get(keys.entry(room, seq))?.entry
  const edits = draft.kind === 'edit' ? (tx.get(keys.edits(room, draft.target)) ?? []) : []
  permit(draft, { epoch, mentioned: about, edits: edits.length })

  const entry = entryOf(draft, { room, seq: log.head + 1, at: Math.max(now, log.at) })
  if (draft.kind === 'edit') tx.put(keys.edits(room, draft.target), [...edits, entry.seq])
  if (draft.kind === 'delete') takeText(tx, room, draft.target)
  if (log.head === 0 && !isDirect(room) && !isMatch(room)) tx.put(keys.public(room), 1)

  const longer = longerBy(log, entry)
  tx.put(keys.entry(room, entry.seq), { entry, nth: longer.messages })
  tx.put(keys.head(room), longer)
  noteSent(tx, entry, now + settings.dedupeMs)
  trim(tx, room, longer, settings, now)
  return { entry, fresh: true }
}

function longerBy(log: Head, { seq, at, kind }: Entry): Head {
  const isMessage = kind === 'message'
  return { ...log, head: seq, at, messages: log.messages + (isMessage ? 1 : 0), last: isMessage ? seq : log.last }
}

function findSent(tx: Transaction, room: string, { by, clientId }: Draft, now: number): Entry | undefined {
  const sent = clientId === undefined ? undefined : tx.get(keys.sent(room, by.id, clientId))
  return sent && sent.until > now ? sent.entry : undefined
}

function noteSent(tx: Transaction, entry: Entry, until: number): void {
  if (entry.clientId === undefined) return
  const sent = keys.sent(entry.room, entry.by.id, entry.clientId)
  const before = tx.get(sent)
  if (before) tx.delete(keys.due(before.until, sent))
  tx.put(sent, { entry, until })
  tx.put(keys.due(until, sent), 1)
}

/** A deleted message and its edits lose their text, in the log and where it is kept for retries. */
function takeText(tx: Transaction, room: string, target: number): void {
  for (const seq of [target, ...(tx.get(keys.edits(room, target)) ?? [])]) {
    const line = tx.get(keys.entry(room, seq))
    if (!line) continue
    const entry = withoutText(line.entry)
    tx.put(keys.entry(room, seq), { ...line, entry })
    if (entry.clientId === undefined) continue
    const key = keys.sent(room, entry.by.id, entry.clientId)
    const sent = tx.get(key)
    // Past the window the clientId may stand for another entry.
    if (sent?.entry.seq === seq) tx.put(key, { ...sent, entry })
  }
}
