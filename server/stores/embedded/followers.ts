import type { Entry } from '../../../protocol/entry.ts'
import type { Follower } from '../../domain/ports.ts'

interface Followed {
  /** The last seq that was told. */
  told: number
  followers: Set<{ follower: Follower; after: number }>
}

/** The followers of all nodes. What comes in one tick is told together. */
export class Followers {
  readonly #rooms = new Map<string, Followed>()
  readonly #news = new Map<string, Entry[]>()

  /** Everything that is told from now on and comes after `head`. */
  add(room: string, head: number, follower: Follower): () => void {
    const followed = this.#rooms.get(room) ?? { told: head, followers: new Set() }
    const mine = { follower, after: head }
    this.#rooms.set(room, followed)
    followed.followers.add(mine)
    return () => {
      followed.followers.delete(mine)
      if (followed.followers.size === 0 && this.#rooms.get(room) === followed) this.#rooms.delete(room)
    }
  }

  /** In the order of the log; what was told before is passed over. */
  tell(entries: Entry[]): void {
    if (this.#news.size === 0) queueMicrotask(() => this.#spread())
    for (const entry of entries) {
      if (!this.#rooms.has(entry.room)) continue
      const news = this.#news.get(entry.room)
      if (news) news.push(entry)
      else this.#news.set(entry.room, [entry])
    }
  }

  /** The log of a room goes on as another one; what was not told of it before is not told any more. */
  renew(room: string, log: { epoch: string; head: number }): void {
    this.#news.delete(room)
    const followed = this.#rooms.get(room)
    if (!followed) return
    followed.told = log.head
    for (const mine of followed.followers) {
      mine.after = log.head
      mine.follower.renewed(log)
    }
  }

  /** The rooms that somebody follows, and the last seq told in each. */
  told(): [room: string, told: number][] {
    return Array.from(this.#rooms, ([room, { told }]) => [room, told])
  }

  #spread(): void {
    const news = [...this.#news]
    this.#news.clear()
    for (const [room, entries] of news) {
      const followed = this.#rooms.get(room)
      if (!followed) continue
      const untold = entries.filter((entry) => entry.seq > followed.told)
      followed.told = Math.max(followed.told, untold.at(-1)?.seq ?? 0)
      for (const { follower, after } of followed.followers) {
        const its = untold[0] && untold[0].seq > after ? untold : untold.filter((entry) => entry.seq > after)
        if (its.length > 0) hand(its, follower)
      }
    }
  }
}

/** A follower with a fault is a fault of the process, which the others have heard of by then. */
function hand(entries: Entry[], follower: Follower): void {
  try {
    follower.entries(entries)
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}
