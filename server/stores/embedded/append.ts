import type { Entry } from '../../../protocol/entry.ts'
import { isDirect, isMatch } from '../../../protocol/room.ts'
import { checkDraft, entryOf, NO_REACTIONS, reactionOf, targetOf, trimmedEntry } from '../../domain/append-rules.ts'
import { withoutText } from '../../domain/deletion.ts'
import type { Draft, StoreSettings } from '../../domain/ports.ts'
import { measured, sizeOf } from './byte-count.ts'
import { type Head, keys, NO_ENTRIES } from './keys.ts'
import type { Transaction } from './transaction.ts'
import { trim } from './trim.ts'

/** The result of an append; `created` is false for a retry. */
export interface AppendResult {
  entry: Entry
  created: boolean
}

export function append(
  tx: Transaction,
  room: string,
  draft: Draft,
  { epoch, settings, now }: { epoch: string; settings: StoreSettings; now: number },
): AppendResult {
  const known = findDuplicate(tx, room, draft, now)
  if (known) return { entry: known, created: false }

  const log = measured(tx, room, trim(tx, room, tx.get(keys.head(room)) ?? NO_ENTRIES, settings, now))
  const seq = targetOf(draft)
  const about = seq === undefined ? undefined : tx.get(keys.entry(room, seq))?.entry
  const edits = draft.kind === 'edit' ? (tx.get(keys.edits(room, draft.target)) ?? []) : []
  const reactions = (draft.kind === 'reaction' && tx.get(keys.reactions(room, draft.target))) || NO_REACTIONS
  checkDraft(draft, { epoch, mentioned: about, edits: edits.length, reactions })

  const entry = entryOf(draft, { room, seq: log.head + 1, at: Math.max(now, log.at) })
  if (draft.kind === 'edit') tx.put(keys.edits(room, draft.target), [...edits, entry.seq])
  if (draft.kind === 'reaction') {
    const others = reactions.standing.filter((one) => one !== reactionOf(draft))
    const standing = draft.on ? [...others, reactionOf(draft)] : others
    tx.put(keys.reactions(room, draft.target), { entries: reactions.entries + 1, standing })
  }
  const shorter = draft.kind === 'delete' ? removeText(tx, room, log, draft.target) : log
  if (log.head === 0 && !isDirect(room) && !isMatch(room)) tx.put(keys.public(room), 1)

  const longer = withEntry(shorter, entry)
  tx.put(keys.entry(room, entry.seq), { entry, nth: longer.messages })
  tx.put(keys.head(room), longer)
  recordSent(tx, entry, now + settings.dedupeMs)
  trim(tx, room, longer, settings, now)
  return { entry, created: true }
}

function withEntry(log: Head, entry: Entry): Head {
  const { seq, at, kind } = entry
  const isMessage = kind === 'message'
  const longer = {
    ...log,
    head: seq,
    at,
    messages: log.messages + (isMessage ? 1 : 0),
    last: isMessage ? seq : log.last,
  }
  // While older entries are still being counted, this one is counted later.
  return log.counted === log.head ? { ...longer, bytes: (log.bytes ?? 0) + sizeOf(entry), counted: seq } : longer
}

function findDuplicate(tx: Transaction, room: string, draft: Draft, now: number): Entry | undefined {
  const { by, clientId } = draft
  const sent = clientId === undefined ? undefined : tx.get(keys.sent(room, by.id, clientId))
  if (!sent || sent.until <= now) return undefined
  if ('entry' in sent) return sent.entry
  const { seq, at } = sent
  const stored = tx.get(keys.entry(room, seq))?.entry
  return stored?.at === at ? stored : trimmedEntry(draft, { room, seq, at })
}

function recordSent(tx: Transaction, { room, by, clientId, seq, at }: Entry, until: number): void {
  if (clientId === undefined) return
  const sent = keys.sent(room, by.id, clientId)
  const before = tx.get(sent)
  if (before) tx.delete(keys.due(before.until, sent))
  tx.put(sent, { seq, at, until })
  tx.put(keys.due(until, sent), 1)
}

/**
 * Removes the text of a deleted message and its edits, from the log and from the copies that version 0.1 kept for
 * retries.
 */
function removeText(tx: Transaction, room: string, log: Head, target: number): Head {
  let { bytes = 0 } = log
  for (const seq of [target, ...(tx.get(keys.edits(room, target)) ?? [])]) {
    const storedEntry = tx.get(keys.entry(room, seq))
    if (!storedEntry) continue
    const entry = withoutText(storedEntry.entry)
    tx.put(keys.entry(room, seq), { ...storedEntry, entry })
    if (seq <= (log.counted ?? 0)) bytes += sizeOf(entry) - sizeOf(storedEntry.entry)
    if (entry.clientId === undefined) continue
    const key = keys.sent(room, entry.by.id, entry.clientId)
    const sent = tx.get(key)
    // After the dedupe window the clientId may refer to another entry.
    if (sent && 'entry' in sent && sent.entry.seq === seq) tx.put(key, { ...sent, entry })
  }
  tx.delete(keys.reactions(room, target))
  return { ...log, bytes }
}
