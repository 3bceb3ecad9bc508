import type { Entry } from '../../protocol/entry.ts'
import type { User } from '../../protocol/people.ts'

export interface Reaction {
  readonly emoji: string
  readonly users: readonly User[]
}

/** A message with its edits, deletion and reactions applied. */
export interface Message {
  readonly seq: number
  readonly at: number
  readonly by: User
  readonly clientId?: string
  /** Empty when deleted. */
  readonly text: string
  readonly replyTo?: number
  readonly editedAt?: number
  readonly deleted: boolean
  readonly reactions: readonly Reaction[]
}

/** `changes`: the edits, deletions and reactions that target the message, in seq order. */
export function fold(message: Entry, changes: readonly Entry[]): Message {
  const { seq, at, by, clientId, replyTo } = message
  const deleted = message.deleted === true || changes.some(({ kind }) => kind === 'delete')
  const edit = changes.findLast(({ kind, deleted }) => kind === 'edit' && !deleted)
  return {
    seq,
    at,
    by,
    clientId,
    replyTo,
    deleted,
    text: deleted ? '' : (edit?.text ?? message.text ?? ''),
    editedAt: deleted ? undefined : edit?.at,
    reactions: deleted ? [] : foldReactions(changes),
  }
}

function foldReactions(changes: readonly Entry[]): Reaction[] {
  const byEmoji = new Map<string, Map<string, User>>()
  for (const { kind, emoji, on, by } of changes) {
    if (kind !== 'reaction' || emoji === undefined) continue
    const users = byEmoji.get(emoji) ?? new Map<string, User>()
    byEmoji.set(emoji, users)
    if (on) users.set(by.id, by)
    else users.delete(by.id)
  }
  return [...byEmoji].flatMap(([emoji, users]) => (users.size > 0 ? [{ emoji, users: [...users.values()] }] : []))
}

/**
 * Folds a room's entries into messages. Entries may be added in any order and more than once: scrolling back loads a
 * message after the changes that target it.
 */
export class Timeline {
  /** In seq order. A new array after each change, and a new object for each message that changed. */
  messages: readonly Message[] = []
  /** Lowest and highest seq of all entries, of any kind; undefined without entries. */
  oldest?: number
  newest?: number
  readonly #entries = new Map<number, Entry>()
  readonly #changes = new Map<number, Map<number, Entry>>()
  readonly #folded = new Map<number, Message>()

  add(entries: readonly Entry[]): void {
    const changed = new Set<number>()
    for (const entry of entries) {
      const target = entry.kind === 'message' ? entry.seq : entry.target
      if (target === undefined) continue
      if (entry.kind === 'message') this.#entries.set(entry.seq, entry)
      else this.#changes.set(target, (this.#changes.get(target) ?? new Map()).set(entry.seq, entry))
      changed.add(target)
      this.oldest = Math.min(this.oldest ?? entry.seq, entry.seq)
      this.newest = Math.max(this.newest ?? entry.seq, entry.seq)
    }
    for (const seq of changed) this.#refold(seq)
    if (changed.size > 0) this.messages = [...this.#folded.values()].sort((one, other) => one.seq - other.seq)
  }

  find(seq: number): Message | undefined {
    return this.#folded.get(seq)
  }

  clear(): void {
    for (const part of [this.#entries, this.#changes, this.#folded]) part.clear()
    this.messages = []
    this.oldest = undefined
    this.newest = undefined
  }

  #refold(seq: number): void {
    const message = this.#entries.get(seq)
    if (!message) return
    const changes = [...(this.#changes.get(seq)?.values() ?? [])].sort((one, other) => one.seq - other.seq)
    this.#folded.set(seq, fold(message, changes))
  }
}
