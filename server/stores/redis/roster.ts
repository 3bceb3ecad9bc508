import type { Member, Status, User } from '../../../protocol/people.ts'
import type { Roster } from '../../domain/ports.ts'
import { oneStatus } from '../../domain/status.ts'
import type { Channels } from './channels.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'
import type { RoomIndex } from './room-index.ts'
import { here, listRoom, say, takeBack } from './scripts/roster.ts'
import type { Sweeper } from './sweeping.ts'

/** People of a lapsed lease that one script takes away, so that none holds up the others for long. */
const SWEEP_AT_ONCE = 500
/** Rooms of it that are swept side by side. */
const SWEEP_ROOMS = 20

export class RedisRoster implements Roster, Sweeper {
  /** Rooms that stand on the lease's list, with the calls under way. */
  #listed = new Map<string, number>()
  #listedFor = ''

  constructor(
    private readonly db: Connection,
    private readonly channels: Channels,
    private readonly keys: Keys,
    private readonly index: RoomIndex,
    private readonly lease: Lease,
  ) {
    // The store may have lost the list.
    db.redis.on('close', () => this.#listed.clear())
  }

  say(room: string, changes: { user: User; status: Status | null }[]): Promise<void> {
    return this.#state(room, false, changes)
  }

  restate(room: string, people: { user: User; status: Status }[]): Promise<void> {
    return this.#state(room, true, people)
  }

  async here(room: string, { after, limit }: { after?: string; limit: number }) {
    const { db, keys } = this
    const [online, ...rows] = (await db.run(
      here,
      [keys.people(room), keys.names(room), keys.ids(room)],
      [after ?? '', limit + 1],
    )) as [online: number, ...rows: string[]]
    const members: Member[] = []
    for (let i = 0; i < rows.length; i += 3) {
      const [id, name, words] = rows.slice(i, i + 3) as [string, string, string]
      const wishes = words.split(' ').map((word) => word.slice(word.indexOf('=') + 1) as Status)
      members.push({ id, name, status: oneStatus(wishes) })
    }
    if (members.length <= limit) return { members, online }
    const page = members.slice(0, limit)
    return { members: page, online, next: page.at(-1)!.id }
  }

  watch(room: string, changed: () => void): Promise<() => void> {
    let watching = true
    const tell = () => void (watching && changed())
    const listener = { heard: (message: string) => void (message === 'roster' && tell()), resync: tell }
    return this.channels.listen(this.keys.channel(room), listener).then((stop) => () => {
      watching = false
      stop()
    })
  }

  onForgotten(restate: () => void): void {
    this.lease.onForgotten(restate)
  }

  async #state(room: string, whole: boolean, people: { user: User; status: Status | null }[]): Promise<void> {
    const { db, keys } = this
    const lease = this.lease.held()
    const list = keys.roomsOf(lease)
    if (this.#listedFor !== lease) {
      this.#listed.clear()
      this.#listedFor = lease
    }
    // The list comes first, and both go in order: no row without a way to find it when the lease lapses.
    const listing = this.#listed.has(room) ? undefined : db.run(listRoom, [list], [room])
    this.#listed.set(room, (this.#listed.get(room) ?? 0) + 1)
    this.index.note(room)
    try {
      const [, [first, left]] = await Promise.all([
        listing,
        db.run(say, this.#rows(room, lease), [
          ...[lease, keys.channel(room), whole ? 1 : 0],
          ...people.flatMap(({ user, status }) => [user.id, status ?? '', user.name]),
        ]) as Promise<[first: number, left: number]>,
      ])
      if (first) this.index.add(room)
      this.index.changes.note(room)
      this.#done(room, lease, left === 0)
    } catch (error) {
      this.#listed.delete(room)
      throw error
    }
  }

  /** Takes a room off the list when nobody of ours is in it, unless somebody is just entering. */
  #done(room: string, lease: string, empty: boolean) {
    const others = (this.#listed.get(room) ?? 0) - 1
    if (this.#listedFor !== lease || others < 0) return
    this.#listed.set(room, others)
    if (!empty || others > 0) return
    this.#listed.delete(room)
    this.db.call((redis) => redis.srem(this.keys.roomsOf(lease), room)).catch(() => {})
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
