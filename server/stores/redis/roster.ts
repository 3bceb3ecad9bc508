import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Roster } from '../../domain/ports.ts'
import { combinedStatus } from '../../domain/status.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'
import { LATE_CALL_MS, type Sweeper } from './lease-sweeper.ts'
import type { RoomIndex } from './room-index.ts'
import { listRoom, readRoster, removeMembers, updateRoster } from './scripts/roster.ts'
import { SettlingPeriod } from './settling.ts'
import type { Subscriptions } from './subscriptions.ts'

/** Maximum number of users that one script run removes, so that none blocks other commands for long. */
const SWEEP_USERS = 500
/** Rooms of an expired lease that are swept concurrently. */
const SWEEP_ROOMS = 20

export class RedisRoster implements Roster, Sweeper {
  /** Updates in flight, by room. */
  readonly #updating = new Map<string, number>()
  /**
   * Leases that this node lost, and when. Their rows in a room are removed once the room is restated under the current
   * lease.
   */
  readonly #lostLeases = new Map<string, number>()
  readonly #watchers = new Set<() => void>()
  readonly #settling = new SettlingPeriod(() => {
    for (const notify of this.#watchers) notify()
  })

  constructor(
    private readonly db: Connection,
    private readonly subscriptions: Subscriptions,
    private readonly keys: Keys,
    private readonly index: RoomIndex,
    private readonly lease: Lease,
  ) {}

  update(room: string, changes: { user: User; status: Status | null }[]): Promise<void> {
    return this.#update(room, false, changes)
  }

  replace(room: string, people: { user: User; status: Status }[]): Promise<void> {
    return this.#update(room, true, people)
  }

  async list(room: string, { after, limit }: { after?: string; limit: number }) {
    const { db, keys } = this
    const lease = this.lease.id
    const reading = db.run(
      readRoster,
      [keys.members(room), keys.memberNames(room), keys.memberIds(room)],
      [after ?? '', limit + 1],
    )
    const [page, known] = await Promise.all([reading, this.#isKnown(lease)])
    const [online, ...rows] = page as [online: number, ...rows: string[]]
    if (!known) this.#settling.begin()
    const settling = this.#settling.active && { recovering: true }
    const members: Member[] = []
    for (let i = 0; i < rows.length; i += 3) {
      const [id, name, statuses] = rows.slice(i, i + 3) as [string, string, string]
      const byLease = statuses.split(' ').map((status) => status.slice(status.indexOf('=') + 1) as Status)
      members.push({ id, name, status: combinedStatus(byLease) })
    }
    if (members.length <= limit) return { members, online, ...settling }
    const some = members.slice(0, limit)
    return { members: some, online, next: some.at(-1)!.id, ...settling }
  }

  watch(room: string, changed: () => void): Promise<() => void> {
    let watching = true
    const notify = () => void (watching && changed())
    const listener = { onMessage: (message: string) => void (message === 'roster' && notify()), resync: notify }
    this.#watchers.add(notify)
    return this.subscriptions.subscribe(this.keys.channel(room), listener).then(
      (stop) => () => {
        watching = false
        this.#watchers.delete(notify)
        stop()
      },
      (error: unknown) => {
        this.#watchers.delete(notify)
        throw error
      },
    )
  }

  onStateLost(restate: () => void): void {
    this.lease.onForgotten(restate)
  }

  onLeaseLost(lease: string): void {
    this.#lostLeases.set(lease, performance.now())
    this.#settling.begin()
  }

  async #update(room: string, replaceAll: boolean, people: { user: User; status: Status | null }[]): Promise<void> {
    const { db, keys } = this
    const lease = this.lease.requireHeld()
    this.#updating.set(room, (this.#updating.get(room) ?? 0) + 1)
    this.index.note(room)
    let left: number
    try {
      // The lease's room list is written first and the calls run in order: every row can be found when the lease
      // expires, and the lease is checked after the row was written.
      const [, [hasBegun, membersLeft], known] = await Promise.all([
        db.run(listRoom, [keys.leaseRooms(lease)], [room]),
        db.run(updateRoster, this.#rows(room, lease), [
          ...[lease, keys.channel(room), replaceAll ? 1 : 0],
          ...people.flatMap(({ user, status }) => [user.id, status ?? '', user.name]),
        ]) as Promise<[first: number, left: number]>,
        this.#isKnown(lease),
      ])
      left = membersLeft
      if (hasBegun) this.index.add(room)
      this.index.changes.note(room)
      if (!known) this.#settling.begin()
    } catch (error) {
      this.#endUpdate(room)
      throw error
    }
    // Remove the room from the lease's list when none of this node's users is left, unless an update is in flight.
    if (this.#endUpdate(room) && left === 0 && this.lease.id === lease) {
      this.db.call((redis) => redis.srem(keys.leaseRooms(lease), room)).catch(() => {})
    }
    // The lease was replaced meanwhile: resolve only after the update is stored under the current one.
    if (this.lease.id !== lease) return this.#update(room, replaceAll, people)
    await this.#sweepLost(room)
  }

  /** Returns whether no other update of the room is in flight. */
  #endUpdate(room: string): boolean {
    const others = this.#updating.get(room)! - 1
    if (others > 0) this.#updating.set(room, others)
    else this.#updating.delete(room)
    return others === 0
  }

  async #isKnown(lease: string): Promise<boolean> {
    return (await this.db.call((redis) => redis.zscore(this.keys.leases(), lease))) !== null
  }

  async #sweepLost(room: string): Promise<void> {
    for (const [lease, at] of this.#lostLeases) {
      if (performance.now() - at > LATE_CALL_MS) this.#lostLeases.delete(lease)
      else await this.#sweepRoom(room, lease)
    }
  }

  async removeLease(lease: string): Promise<void> {
    const { db, keys } = this
    for (;;) {
      const rooms = await db.call((redis) => redis.srandmember(keys.leaseRooms(lease), SWEEP_ROOMS))
      if (rooms.length === 0) return
      await Promise.all(rooms.map((room) => this.#sweepRoom(room, lease)))
    }
  }

  async #sweepRoom(room: string, lease: string): Promise<void> {
    const { db, keys } = this
    const args = [lease, keys.channel(room), SWEEP_USERS]
    while (((await db.run(removeMembers, this.#rows(room, lease), args)) as number) > 0);
    this.index.changes.note(room)
    await db.call((redis) => redis.srem(keys.leaseRooms(lease), room))
  }

  #rows(room: string, lease: string): string[] {
    const { keys } = this
    return [keys.members(room), keys.memberNames(room), keys.memberIds(room), keys.leaseMembers(room, lease)]
  }
}
