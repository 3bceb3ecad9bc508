import type { User } from '../../../protocol/people.ts'
import { newMatchRoom } from '../../domain/match-room.ts'
import type { MatchResult, Pair } from '../../domain/ports.ts'
import type { Lease } from './lease.ts'

interface Place {
  user: User
  leases: Set<Lease>
  pair?: Pair
  /** Whether the user who waited longer has not been notified of the pair yet. */
  isNew?: boolean
}

/** Who waits for a match, and who has one. In memory, since every user is connected through this process. */
export class SharedMatches {
  readonly #places = new Map<string, Place>()
  /** Waiting users, in FIFO order. */
  readonly #waiting = new Set<Place>()
  readonly #watchers = new Map<Lease, (user: string) => void>()
  /** Called when a match ends. */
  onEnd: (room: string, people: string[]) => void = () => {}

  watch(lease: Lease, changed: (user: string) => void): void {
    this.#watchers.set(lease, changed)
  }

  find(lease: Lease, user: User): MatchResult | 'waiting' {
    const place = this.#places.get(user.id) ?? { user, leases: new Set() }
    this.#places.set(user.id, place)
    place.leases.add(lease)
    if (!place.pair) {
      this.#waiting.add(place)
      this.#pairUp(lease)
    }
    const pair = place.pair as Pair | undefined
    if (!pair) return 'waiting'
    const { isNew } = place
    place.isNew = false
    return { pair, created: isNew === true }
  }

  enter(lease: Lease, { id }: User, room: string): Pair | undefined {
    const place = this.#places.get(id)
    if (place?.pair?.room !== room) return undefined
    place.leases.add(lease)
    return place.pair
  }

  release(lease: Lease, user: string, waitingOnly: boolean): boolean {
    const place = this.#places.get(user)
    if (!place || (place.pair && waitingOnly)) return place !== undefined
    place.leases.delete(lease)
    if (place.leases.size > 0) return place.pair !== undefined
    if (place.pair) this.part(lease, user)
    else this.#free(place)
    return false
  }

  part(except: Lease, user: string): void {
    const one = this.#places.get(user)
    const other = one?.pair && this.#places.get(one.pair.stranger.id)
    if (!one?.pair || !other) return
    this.#free(one)
    this.#free(other)
    this.onEnd(one.pair.room, [one.user.id, other.user.id])
    this.#notify(one, except)
    this.#notify(other)
  }

  removeLease(lease: Lease): void {
    this.#watchers.delete(lease)
    for (const [user, { leases }] of this.#places) if (leases.has(lease)) this.release(lease, user, false)
  }

  #pairUp(except: Lease): void {
    const [one, other] = this.#waiting
    if (!one || !other) return
    const room = newMatchRoom()
    one.pair = { room, stranger: other.user }
    other.pair = { room, stranger: one.user }
    one.isNew = true
    this.#waiting.clear()
    this.#notify(one)
    this.#notify(other, except)
  }

  #free(place: Place): void {
    this.#places.delete(place.user.id)
    this.#waiting.delete(place)
  }

  /** Asynchronously, as over a network. `except` is the lease of the caller, which receives the reply. */
  #notify({ user, leases }: Place, except?: Lease): void {
    for (const lease of leases) if (lease !== except) setImmediate(() => this.#watchers.get(lease)?.(user.id))
  }
}
