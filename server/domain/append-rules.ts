import type { Entry } from '../../protocol/entry.ts'
import { EDITS_PER_MESSAGE_MAX, REACTIONS_PER_MESSAGE_MAX } from '../../protocol/limits.ts'
import { withoutText } from './deletion.ts'
import { FaultError } from './fault-error.ts'
import type { Draft } from './ports.ts'

/** The seq of the message that a draft refers to, which must exist and not be deleted; undefined if it refers to none. */
export const targetOf = (draft: Draft): number | undefined => (draft.kind === 'message' ? draft.replyTo : draft.target)

/** The reactions to one message: the number of reaction entries, and the present reactions as keys of `reactionOf`. */
export interface Reactions {
  entries: number
  standing: string[]
}
export const NO_REACTIONS: Reactions = { entries: 0, standing: [] }

/** The key of a user's reaction to a message. User ids contain no space. */
export const reactionOf = ({ by, emoji }: Extract<Draft, { kind: 'reaction' }>): string => `${by.id} ${emoji}`

/**
 * Throws a FaultError if the draft may not be appended. Deduplication comes before this check. `edits` and `reactions` are
 * those of the target message. The Redis store implements the same rules as a Lua script.
 */
export function checkDraft(
  draft: Draft,
  log: { epoch: string; mentioned: Entry | undefined; edits: number; reactions: Reactions },
): void {
  if (draft.epoch !== undefined && draft.epoch !== log.epoch) throw appendFaults.stale_epoch()
  const seq = targetOf(draft)
  if (seq === undefined) return
  if (log.mentioned?.kind !== 'message') throw appendFaults.no_such_entry(seq)
  if (log.mentioned.deleted) throw appendFaults.deleted(seq)
  const ownersOnly = draft.kind === 'edit' || draft.kind === 'delete'
  if (ownersOnly && log.mentioned.by.id !== draft.by.id) throw appendFaults.not_author(seq)
  if (draft.kind === 'edit' && log.edits >= EDITS_PER_MESSAGE_MAX) throw appendFaults.too_many(seq)
  if (draft.kind !== 'reaction' || log.reactions.entries < REACTIONS_PER_MESSAGE_MAX) return
  const takesOff = !draft.on && log.reactions.standing.includes(reactionOf(draft))
  if (!takesOff) throw appendFaults.too_many_reactions(seq)
}

/** The errors of these rules, shared by both stores. */
export const appendFaults = {
  not_in_room: () =>
    new FaultError('not_in_room', 'This conversation is over. Ask for another stranger by match:find.'),
  stale_epoch: () =>
    new FaultError('stale_epoch', 'This log is over and goes on under another epoch. Join the room again.'),
  no_such_entry: (seq: number) =>
    new FaultError('no_such_entry', `There is no message ${seq} in this room, or no longer.`),
  deleted: (seq: number) => new FaultError('deleted', `Message ${seq} was deleted.`),
  not_author: (seq: number) => new FaultError('not_author', `Message ${seq} is somebody else's.`),
  too_many: (seq: number) =>
    new FaultError('too_many', `Message ${seq} has been edited ${EDITS_PER_MESSAGE_MAX} times; say it anew.`),
  too_many_reactions: (seq: number) =>
    new FaultError(
      'too_many',
      `Message ${seq} has had ${REACTIONS_PER_MESSAGE_MAX} reactions, the most it can have. One that you put there can be taken off.`,
    ),
}

/** The entry for a draft. Keys are in the order of the protocol's schema; absent ones are omitted. */
export function entryOf(draft: Draft, place: { room: string; seq: number; at: number }): Entry {
  const { kind, by, clientId } = draft
  const entry: Entry = { seq: place.seq, kind, room: place.room, at: place.at, by: { id: by.id, name: by.name } }
  if (clientId !== undefined) entry.clientId = clientId
  if (draft.kind === 'message' && draft.sentAt !== undefined) entry.sentAt = draft.sentAt
  if (draft.kind === 'message' || draft.kind === 'edit') entry.text = draft.text
  if (draft.kind !== 'message') entry.target = draft.target
  if (draft.kind === 'reaction') Object.assign(entry, { emoji: draft.emoji, on: draft.on })
  if (draft.kind === 'message' && draft.replyTo !== undefined) entry.replyTo = draft.replyTo
  return entry
}

/** The entry returned for a retry of a trimmed entry: its seq and time, and the retry's fields without text. */
export const trimmedEntry = (retry: Draft, place: { room: string; seq: number; at: number }): Entry =>
  withoutText(entryOf(retry, place))
