import type { Entry } from '../../../protocol/entry.ts'
import type { Follower } from '../../domain/ports.ts'

interface Followed {
  /** The last seq that was told. */
  notified: number
  followers: Set<{ follower: Follower; after: number }>
}

/** The followers of all nodes. What comes in one tick is told together. */
export class Followers {
  readonly #rooms = new Map<string, Followed>()
  readonly #pending = new Map<string, Entry[]>()

  /** Everything that is told from now on and comes after `head`. */
  add(room: string, head: number, follower: Follower): () => void {
    const followed = this.#rooms.get(room) ?? { notified: head, followers: new Set() }
    const mine = { follower, after: head }
    this.#rooms.set(room, followed)
    followed.followers.add(mine)
    return () => {
      followed.followers.delete(mine)
      if (followed.followers.size === 0 && this.#rooms.get(room) === followed) this.#rooms.delete(room)
    }
  }

  /** In the order of the log; what was told before is passed over. */
  notify(entries: Entry[]): void {
    if (this.#pending.size === 0) queueMicrotask(() => this.#deliverPending())
    for (const entry of entries) {
      if (!this.#rooms.has(entry.room)) continue
      const pending = this.#pending.get(entry.room)
      if (pending) pending.push(entry)
      else this.#pending.set(entry.room, [entry])
    }
  }

  /** The log of a room goes on as another one; what was not told of it before is not told any more. */
  renew(room: string, log: { epoch: string; head: number }): void {
    this.#pending.delete(room)
    const followed = this.#rooms.get(room)
    if (!followed) return
    followed.notified = log.head
    for (const mine of followed.followers) {
      mine.after = log.head
      mine.follower.reset(log)
    }
  }

  /** The rooms that somebody follows, and the last seq told in each. */
  positions(): [room: string, told: number][] {
    return Array.from(this.#rooms, ([room, { notified: told }]) => [room, told])
  }

  #deliverPending(): void {
    const pending = [...this.#pending]
    this.#pending.clear()
    for (const [room, entries] of pending) {
      const followed = this.#rooms.get(room)
      if (!followed) continue
      const unseen = entries.filter((entry) => entry.seq > followed.notified)
      followed.notified = Math.max(followed.notified, unseen.at(-1)?.seq ?? 0)
      for (const { follower, after } of followed.followers) {
        const missing = unseen[0] && unseen[0].seq > after ? unseen : unseen.filter((entry) => entry.seq > after)
        if (missing.length > 0) deliver(missing, follower)
      }
    }
  }
}

/** A follower with a fault is a fault of the process, which the others have heard of by then. */
function deliver(entries: Entry[], follower: Follower): void {
  try {
    follower.entries(entries)
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}
