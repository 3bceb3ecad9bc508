import type { Entry } from '../../../protocol/entry.ts'
import { ROOM_LIST_PAGE, ROOMS_IN_DIRECTORY_MAX } from '../../../protocol/limits.ts'
import { isDirect, LOBBY } from '../../../protocol/room.ts'
import { appendFaults } from '../../domain/append-rules.ts'
import type { ReadMark, RoomDirectoryStore, RoomState, StoreSettings } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { RoomChanges } from './room-changes.ts'
import { advanceReadMark, extendDirect, readPosition, relistRooms, states } from './scripts/rooms.ts'

type RoomRow = 0 | [version: string, epoch: string, head: number, messages: number, online: number, last: string]

export class RedisRoomDirectory implements RoomDirectoryStore {
  /** Room states as last read, so that only changed ones are transferred and parsed. */
  readonly #cached = new Map<string, { version: string; state: RoomState }>()

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    private readonly roomChanges: RoomChanges,
    private readonly settings: StoreSettings,
  ) {}

  async publicRooms({ after, limit }: { after?: string; limit: number }): Promise<string[]> {
    const names = new Set(await this.#names(this.keys.publicRooms(), after, limit))
    if (after === undefined || after < LOBBY) names.add(LOBBY)
    return [...names].sort().slice(0, limit)
  }

  directRooms(user: string, { after, limit }: { after?: string; limit: number }): Promise<string[]> {
    return this.#names(this.keys.directRooms(user), after, limit)
  }

  async states(rooms: readonly string[]): Promise<(RoomState | undefined)[]> {
    const found: (RoomState | undefined)[] = []
    for (let i = 0; i < rooms.length; i += ROOM_LIST_PAGE) {
      const some = await this.#read(rooms.slice(i, i + ROOM_LIST_PAGE))
      const empty = some.filter(isEmpty)
      found.push(...some.map((state) => (isEmpty(state) ? undefined : state)))
      if (empty.length > 0) await this.#unlist(empty.map(({ room }) => room))
    }
    return found
  }

  async readMarks(user: string, rooms: readonly RoomState[]): Promise<ReadMark[]> {
    if (rooms.length === 0) return []
    const names = rooms.map(({ room }) => room)
    const marks = await this.db.call((redis) => redis.hmget(this.keys.readMarks(user), ...names))
    return rooms.map(({ epoch }, i) => {
      const [seenIn, seq, messages] = marks[i]?.split(' ') ?? []
      return seenIn === epoch ? { seq: Number(seq), messages: Number(messages) } : { seq: 0, messages: 0 }
    })
  }

  changes(since?: string): Promise<{ rooms?: string[]; next: string }> {
    return this.roomChanges.since(since)
  }

  async markRead(room: string, user: string, seq: number, epoch = ''): Promise<boolean> {
    const { db, keys, settings } = this
    const [code, present, ordinal] = (await db.run(readPosition, [keys.meta(room), keys.log(room)], [seq, epoch])) as [
      code: 'ok' | 'stale_epoch' | 'no_such_entry',
      epoch: string,
      ordinal: number,
    ]
    if (code !== 'ok') throw appendFaults[code](seq)
    const args = [room, present, seq, ordinal, settings.rememberMs]
    const moved = (await db.run(advanceReadMark, [keys.readMarks(user)], args)) === 1
    if (moved && isDirect(room)) this.roomChanges.note(room)
    return moved
  }

  async openDirect(room: string, people: readonly [string, string]): Promise<boolean> {
    const { db, keys, settings } = this
    const [isNew] = await Promise.all(
      people.map(async (id) => {
        // A full store extends open rooms but opens none.
        if (await db.run(extendDirect, [keys.directRooms(id)], [room, settings.rememberMs])) return false
        const [added] = await Promise.all([
          db.call((redis) => redis.zadd(keys.directRooms(id), 0, room)),
          db.call((redis) => redis.pexpire(keys.directRooms(id), settings.rememberMs)),
        ])
        return added === 1
      }),
    )
    if (isNew) this.roomChanges.note(room)
    return isNew === true
  }

  async isDirectOpen(room: string, user: string): Promise<boolean> {
    return (await this.db.call((redis) => redis.zscore(this.keys.directRooms(user), room))) !== null
  }

  #names(list: string, after: string | undefined, limit: number): Promise<string[]> {
    const from = after === undefined ? '-' : `(${after}`
    return this.db.call((redis) => redis.zrangebylex(list, from, '+', 'LIMIT', 0, limit))
  }

  async #read(rooms: readonly string[]): Promise<RoomState[]> {
    const { db, keys, settings } = this
    const known = rooms.map((room) => this.#cached.get(room))
    const found = (await db.run(
      states,
      rooms.flatMap((room) => [keys.meta(room), keys.log(room), keys.memberIds(room)]),
      [settings.logMaxAgeMs, ...known.map((one) => one?.version ?? '')],
    )) as RoomRow[]
    return found.map((row, i) => (row === 0 ? known[i]!.state : this.#cache(rooms[i]!, row)))
  }

  #cache(room: string, [version, epoch, head, messages, online, last]: Exclude<RoomRow, 0>): RoomState {
    const state = { room, epoch, head, messages, online, ...(last !== '' && { last: JSON.parse(last) as Entry }) }
    this.#cached.delete(room)
    if (this.#cached.size >= ROOMS_IN_DIRECTORY_MAX) this.#cached.delete(this.#cached.keys().next().value!)
    if (!isEmpty(state)) this.#cached.set(room, { version, state })
    return state
  }

  /** Removes empty rooms from the list, then checks them again: a room is listed only after a user entered it. */
  async #unlist(rooms: string[]): Promise<void> {
    const { db, keys } = this
    await db.call((redis) => redis.zrem(keys.publicRooms(), ...rooms))
    const back = (await this.#read(rooms)).filter((state) => !isEmpty(state))
    if (back.length === 0) return
    await db.run(
      relistRooms,
      [keys.publicRooms()],
      back.map(({ room }) => room),
    )
  }
}

const isEmpty = ({ room, head, online }: RoomState): boolean =>
  head === 0 && online === 0 && room !== LOBBY && !isDirect(room)
