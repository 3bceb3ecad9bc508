import type { Entry } from '../../protocol/entry.ts'

/** The entry that remains after its message was deleted (a tombstone). */
export function withoutText({ text: _, ...rest }: Entry): Entry {
  return { ...rest, deleted: true }
}

/** The entries that lose their text when `target` is deleted: the message itself, and its edits. */
export const losesText = (entry: Entry, target: number): boolean =>
  (entry.kind === 'message' && entry.seq === target) || (entry.kind === 'edit' && entry.target === target)
