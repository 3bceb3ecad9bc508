import type { Entry } from '../../../protocol/entry.ts'
import type { Follower } from '../../domain/ports.ts'

interface Followed {
  /** The last seq that followers were notified of. */
  notified: number
  followers: Set<{ follower: Follower; after: number }>
}

/** The followers of all nodes of this process. Entries of one tick are delivered together. */
export class Followers {
  readonly #rooms = new Map<string, Followed>()
  readonly #pending = new Map<string, Entry[]>()

  /** Delivers entries after `head` from now on. The result unsubscribes. */
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

  /** Queues entries for delivery, in log order; entries delivered before are skipped. */
  notify(entries: Entry[]): void {
    if (this.#pending.size === 0) queueMicrotask(() => this.#deliverPending())
    for (const entry of entries) {
      if (!this.#rooms.has(entry.room)) continue
      const pending = this.#pending.get(entry.room)
      if (pending) pending.push(entry)
      else this.#pending.set(entry.room, [entry])
    }
  }

  /** The room's log continues under another epoch; entries of the old one that are still queued are dropped. */
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

  /** The followed rooms, and the last seq that followers were notified of in each. */
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

/** An exception in a follower is a bug; it is rethrown asynchronously, after the other followers were notified. */
function deliver(entries: Entry[], follower: Follower): void {
  try {
    follower.entries(entries)
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}
