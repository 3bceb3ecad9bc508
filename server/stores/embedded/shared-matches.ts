import type { User } from '../../../protocol/people.ts'
import { newMatchRoom } from '../../domain/match-room.ts'
import type { Found, Pair } from '../../domain/ports.ts'
import type { Lease } from './lease.ts'

interface MatchPlace {
  user: User
  leases: Set<Lease>
  pair?: Pair
  /** The pair is new to the one who had waited longer, and who has not asked since. */
  isNew?: boolean
}

/** Who waits for a stranger, and who has one. Kept in memory: whoever is here, is here through this process. */
export class SharedMatches {
  readonly #matchPlaces = new Map<string, MatchPlace>()
  /** In the order of their coming. */
  readonly #line = new Set<MatchPlace>()
  readonly #watchers = new Map<Lease, (user: string) => void>()
  /** Called when a pair is over. */
  onOver: (room: string, people: string[]) => void = () => {}

  watch(lease: Lease, changed: (user: string) => void): void {
    this.#watchers.set(lease, changed)
  }

  find(lease: Lease, user: User): Found | 'waiting' {
    const place = this.#matchPlaces.get(user.id) ?? { user, leases: new Set() }
    this.#matchPlaces.set(user.id, place)
    place.leases.add(lease)
    if (!place.pair) {
      this.#line.add(place)
      this.#pairUp(lease)
    }
    const pair = place.pair as Pair | undefined
    if (!pair) return 'waiting'
    const { isNew } = place
    place.isNew = false
    return { pair, created: isNew === true }
  }

  enter(lease: Lease, { id }: User, room: string): Pair | undefined {
    const place = this.#matchPlaces.get(id)
    if (place?.pair?.room !== room) return undefined
    place.leases.add(lease)
    return place.pair
  }

  release(lease: Lease, user: string, waitingOnly: boolean): boolean {
    const place = this.#matchPlaces.get(user)
    if (!place || (place.pair && waitingOnly)) return place !== undefined
    place.leases.delete(lease)
    if (place.leases.size > 0) return place.pair !== undefined
    if (place.pair) this.part(lease, user)
    else this.#free(place)
    return false
  }

  part(by: Lease, user: string): void {
    const one = this.#matchPlaces.get(user)
    const other = one?.pair && this.#matchPlaces.get(one.pair.stranger.id)
    if (!one?.pair || !other) return
    this.#free(one)
    this.#free(other)
    this.onOver(one.pair.room, [one.user.id, other.user.id])
    this.#tell(one, by)
    this.#tell(other)
  }

  leave(lease: Lease): void {
    this.#watchers.delete(lease)
    for (const [user, { leases }] of this.#matchPlaces) if (leases.has(lease)) this.release(lease, user, false)
  }

  #pairUp(by: Lease): void {
    const [one, other] = this.#line
    if (!one || !other) return
    const room = newMatchRoom()
    one.pair = { room, stranger: other.user }
    other.pair = { room, stranger: one.user }
    one.isNew = true
    this.#line.clear()
    this.#tell(one)
    this.#tell(other, by)
  }

  #free(matchPlace: MatchPlace): void {
    this.#matchPlaces.delete(matchPlace.user.id)
    this.#line.delete(matchPlace)
  }

  /** Later, as over any wire. The one by whom it came about has the answer. */
  #tell({ user, leases }: MatchPlace, by?: Lease): void {
    for (const lease of leases) if (lease !== by) setImmediate(() => this.#watchers.get(lease)?.(user.id))
  }
}
