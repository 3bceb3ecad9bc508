import type { RoomSummary } from '../../../protocol/commands.ts'
import { isDirect, LOBBY } from '../../../protocol/room.ts'
import { refusals } from '../../domain/appending.ts'
import type { RoomBook, StoreSettings } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { moveForward, place, summary } from './scripts/rooms.ts'

export class RedisRoomBook implements RoomBook {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    private readonly settings: StoreSettings,
  ) {}

  async list(user: string, { after, limit }: { after?: string; limit: number }) {
    const rooms: RoomSummary[] = []
    // Rooms that turn out to be empty leave the list, so a page is soon full.
    for (let from = after; ; ) {
      const names = await this.#names(user, from, limit + 1)
      const found = await Promise.all(names.map((room) => this.#summary(room, user)))
      rooms.push(...found.filter((room) => room !== undefined))
      if (rooms.length > limit) return { rooms: rooms.slice(0, limit), next: rooms[limit - 1]!.room }
      if (names.length <= limit) return { rooms }
      from = names.at(-1)!
    }
  }

  async markRead(room: string, user: string, seq: number, epoch = ''): Promise<boolean> {
    const { db, keys, settings } = this
    const [code, present, ordinal] = (await db.run(place, [keys.meta(room), keys.log(room)], [seq, epoch])) as [
      code: 'ok' | 'stale_epoch' | 'no_such_entry',
      epoch: string,
      ordinal: number,
    ]
    if (code !== 'ok') throw refusals[code](seq)
    const args = [room, present, seq, ordinal, settings.rememberMs]
    return (await db.run(moveForward, [keys.reads(user)], args)) === 1
  }

  async openDirect(room: string, people: readonly [string, string]): Promise<boolean> {
    const { db, keys, settings } = this
    const [added] = await Promise.all(
      people.flatMap((id) => [
        db.call((redis) => redis.zadd(keys.directRooms(id), 0, room)),
        db.call((redis) => redis.pexpire(keys.directRooms(id), settings.rememberMs)),
      ]),
    )
    return added === 1
  }

  async isDirectOpen(room: string, user: string): Promise<boolean> {
    return (await this.db.call((redis) => redis.zscore(this.keys.directRooms(user), room))) !== null
  }

  /** The next names, in order: public rooms, the lobby and one's direct rooms. */
  async #names(user: string, after: string | undefined, limit: number): Promise<string[]> {
    const { db, keys } = this
    const from = after === undefined ? '-' : `(${after}`
    const lists = [keys.publicRooms(), keys.directRooms(user)]
    const found = await Promise.all(
      lists.map((list) => db.call((redis) => redis.zrangebylex(list, from, '+', 'LIMIT', 0, limit))),
    )
    const names = new Set(found.flat())
    if (after === undefined || after < LOBBY) names.add(LOBBY)
    return [...names].sort().slice(0, limit)
  }

  async #summary(room: string, user: string): Promise<RoomSummary | undefined> {
    const { db, keys } = this
    const look = () =>
      db.run(summary, [keys.meta(room), keys.log(room), keys.ids(room)], [this.settings.logMaxAgeMs]) as Promise<
        [epoch: string, head: number, messages: number, online: number, last: string]
      >
    const [[epoch, head, messages, online, last], mark] = await Promise.all([
      look(),
      db.call((redis) => redis.hget(keys.reads(user), room)),
    ])
    if (head === 0 && online === 0 && room !== LOBBY && !isDirect(room)) return this.#takeOff(room, look)
    const [seenEpoch, seq, ordinal] = mark?.split(' ') ?? []
    const seen = seenEpoch === epoch
    return {
      room,
      online,
      head,
      read: seen ? Number(seq) : 0,
      unread: messages - (seen ? Number(ordinal) : 0),
      ...(last !== '' && { last: JSON.parse(last) }),
    }
  }

  /** Takes an empty room off the list, and looks again: whoever enters just now puts it on the list after entering. */
  async #takeOff(room: string, look: () => Promise<[string, number, number, number, string]>): Promise<undefined> {
    const { db, keys } = this
    await db.call((redis) => redis.zrem(keys.publicRooms(), room))
    const [, head, , online] = await look()
    if (head > 0 || online > 0) await db.call((redis) => redis.zadd(keys.publicRooms(), 0, room))
  }
}
