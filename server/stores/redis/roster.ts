import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Roster } from '../../domain/ports.ts'
import { oneStatus } from '../../domain/status.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'
import { LATE_CALL_MS, type Sweeper } from './lease-sweeper.ts'
import type { RoomIndex } from './room-index.ts'
import { here, listRoom, say, takeBack } from './scripts/roster.ts'
import { Settling } from './settling.ts'
import type { Subscriptions } from './subscriptions.ts'

/** People of a lapsed lease that one script takes away, so that none holds up the others for long. */
const SWEEP_AT_ONCE = 500
/** Rooms of it that are swept side by side. */
const SWEEP_ROOMS = 20

export class RedisRoster implements Roster, Sweeper {
  /** Calls under way that state people, by room. */
  readonly #stating = new Map<string, number>()
  /** Leases that this node lost, and when: rows under them go as soon as their room is stated under the present one. */
  readonly #lost = new Map<string, number>()
  readonly #watchers = new Set<() => void>()
  readonly #settling = new Settling(() => {
    for (const tell of this.#watchers) tell()
  })

  constructor(
    private readonly db: Connection,
    private readonly channels: Subscriptions,
    private readonly keys: Keys,
    private readonly index: RoomIndex,
    private readonly lease: Lease,
  ) {}

  say(room: string, changes: { user: User; status: Status | null }[]): Promise<void> {
    return this.#state(room, false, changes)
  }

  restate(room: string, people: { user: User; status: Status }[]): Promise<void> {
    return this.#state(room, true, people)
  }

  async here(room: string, { after, limit }: { after?: string; limit: number }) {
    const { db, keys } = this
    const lease = this.lease.id
    const reading = db.run(here, [keys.people(room), keys.names(room), keys.ids(room)], [after ?? '', limit + 1])
    const [page, known] = await Promise.all([reading, this.#isKnown(lease)])
    const [online, ...rows] = page as [online: number, ...rows: string[]]
    if (!known) this.#settling.begin()
    const settling = this.#settling.underWay && { settling: true }
    const members: Member[] = []
    for (let i = 0; i < rows.length; i += 3) {
      const [id, name, words] = rows.slice(i, i + 3) as [string, string, string]
      const wishes = words.split(' ').map((word) => word.slice(word.indexOf('=') + 1) as Status)
      members.push({ id, name, status: oneStatus(wishes) })
    }
    if (members.length <= limit) return { members, online, ...settling }
    const some = members.slice(0, limit)
    return { members: some, online, next: some.at(-1)!.id, ...settling }
  }

  watch(room: string, changed: () => void): Promise<() => void> {
    let watching = true
    const tell = () => void (watching && changed())
    const listener = { heard: (message: string) => void (message === 'roster' && tell()), resync: tell }
    this.#watchers.add(tell)
    return this.channels.listen(this.keys.channel(room), listener).then(
      (stop) => () => {
        watching = false
        this.#watchers.delete(tell)
        stop()
      },
      (error: unknown) => {
        this.#watchers.delete(tell)
        throw error
      },
    )
  }

  onForgotten(restate: () => void): void {
    this.lease.onForgotten(restate)
  }

  leaseLost(lease: string): void {
    this.#lost.set(lease, performance.now())
    this.#settling.begin()
  }

  async #state(room: string, whole: boolean, people: { user: User; status: Status | null }[]): Promise<void> {
    const { db, keys } = this
    const lease = this.lease.held()
    this.#stating.set(room, (this.#stating.get(room) ?? 0) + 1)
    this.index.note(room)
    let left: number
    try {
      // The list comes first, and all go in order: no row without a way to find it when the lease lapses, and what is
      // known of the lease is known as of after the row.
      const [, said, known] = await Promise.all([
        db.run(listRoom, [keys.roomsOf(lease)], [room]),
        db.run(say, this.#rows(room, lease), [
          ...[lease, keys.channel(room), whole ? 1 : 0],
          ...people.flatMap(({ user, status }) => [user.id, status ?? '', user.name]),
        ]) as Promise<[first: number, left: number]>,
        this.#isKnown(lease),
      ])
      left = said[1]
      if (said[0]) this.index.add(room)
      this.index.changes.note(room)
      if (!known) this.#settling.begin()
    } catch (error) {
      this.#done(room)
      throw error
    }
    // Takes a room off the list when nobody of ours is in it, unless somebody is just entering.
    if (this.#done(room) && left === 0 && this.lease.id === lease) {
      this.db.call((redis) => redis.srem(keys.roomsOf(lease), room)).catch(() => {})
    }
    // The lease was replaced meanwhile: whoever asked for this is told once it stands under the present one.
    if (this.lease.id !== lease) return this.#state(room, whole, people)
    await this.#sweepLost(room)
  }

  /** Answers whether no other call states people of that room. */
  #done(room: string): boolean {
    const others = this.#stating.get(room)! - 1
    if (others > 0) this.#stating.set(room, others)
    else this.#stating.delete(room)
    return others === 0
  }

  async #isKnown(lease: string): Promise<boolean> {
    return (await this.db.call((redis) => redis.zscore(this.keys.leases(), lease))) !== null
  }

  async #sweepLost(room: string): Promise<void> {
    for (const [lease, at] of this.#lost) {
      if (performance.now() - at > LATE_CALL_MS) this.#lost.delete(lease)
      else await this.#sweepRoom(room, lease)
    }
  }

  async takeBack(lease: string): Promise<void> {
    const { db, keys } = this
    for (;;) {
      const rooms = await db.call((redis) => redis.srandmember(keys.roomsOf(lease), SWEEP_ROOMS))
      if (rooms.length === 0) return
      await Promise.all(rooms.map((room) => this.#sweepRoom(room, lease)))
    }
  }

  async #sweepRoom(room: string, lease: string): Promise<void> {
    const { db, keys } = this
    const args = [lease, keys.channel(room), SWEEP_AT_ONCE]
    while (((await db.run(takeBack, this.#rows(room, lease), args)) as number) > 0);
    this.index.changes.note(room)
    await db.call((redis) => redis.srem(keys.roomsOf(lease), room))
  }

  #rows(room: string, lease: string): string[] {
    const { keys } = this
    return [keys.people(room), keys.names(room), keys.ids(room), keys.spokenFor(room, lease)]
  }
}
