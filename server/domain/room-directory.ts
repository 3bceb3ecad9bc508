import { ROOM_LIST_PAGE, ROOMS_IN_DIRECTORY_MAX, ROOMS_RELOAD_MS } from '../../protocol/limits.ts'
import { isDirect } from '../../protocol/room.ts'
import { Coalescer } from './coalesce.ts'
import type { RoomDirectoryStore, RoomState } from './ports.ts'
import { activityOf, SortedRooms, type SortPosition } from './room-order.ts'

type Source = Pick<RoomDirectoryStore, 'publicRooms' | 'states' | 'changes'>

/**
 * A node's copy of the list of public rooms, shared by all its users. It is loaded once and then updated from the store's
 * change feed. When `refresh` resolves, the copy is at most ROOM_CHANGES_GATHER_MS old.
 */
export class RoomDirectory {
  readonly #rooms = new SortedRooms()
  readonly #coalescer = new Coalescer(() => this.#refresh())
  #since: string | undefined
  #loadedAt: number | undefined
  #reloading = false

  /** `changed` is called for each room whose state has changed or may have changed, including direct rooms. */
  constructor(
    private readonly store: Source,
    private readonly changed: (room: string) => void = () => {},
  ) {}

  get(room: string): RoomState | undefined {
    return this.#rooms.get(room)
  }

  /** Resolves when the copy includes all changes that were announced before the call. */
  refresh(): Promise<void> {
    return this.#coalescer.run()
  }

  /** Up to `limit` rooms after the position `after`, the most recently active first, for which `wanted` returns true. */
  byActivity(after: SortPosition | undefined, limit: number, wanted: (state: RoomState) => boolean): RoomState[] {
    const found: RoomState[] = []
    for (const state of this.#rooms.after(after)) {
      if (!wanted(state)) continue
      found.push(state)
      if (found.length === limit) break
    }
    return found
  }

  async #refresh(): Promise<void> {
    const { rooms, next } = await this.store.changes(this.#since)
    if (!rooms || this.#loadedAt === undefined) await this.#load()
    else await this.#update(rooms)
    this.#since = next
    if (performance.now() - this.#loadedAt! > ROOMS_RELOAD_MS) void this.#reload()
  }

  /** Runs in the background; meanwhile requests are answered from the present copy. */
  async #reload(): Promise<void> {
    if (this.#reloading) return
    this.#reloading = true
    await this.#load().catch(() => {})
    this.#reloading = false
  }

  async #update(names: readonly string[]): Promise<void> {
    for (const room of names) if (isDirect(room)) this.changed(room)
    const rooms = names.filter((room) => !isDirect(room))
    const states = await this.store.states(rooms)
    for (const [i, room] of rooms.entries()) this.#put(room, states[i])
  }

  async #load(): Promise<void> {
    const first = this.#loadedAt === undefined
    const gone = new Set(this.#rooms.names())
    for (let after: string | undefined, more = true; more; ) {
      const names = await this.store.publicRooms({ after, limit: ROOM_LIST_PAGE })
      const states = await this.store.states(names)
      for (const [i, room] of names.entries()) {
        gone.delete(room)
        this.#put(room, states[i], first)
      }
      after = names.at(-1)
      more = names.length === ROOM_LIST_PAGE
    }
    for (const room of gone) this.#put(room, undefined)
    this.#loadedAt = performance.now()
  }

  #put(room: string, state: RoomState | undefined, quiet = false): void {
    const known = this.#rooms.get(room)
    if (known === state || (known && state && isSame(known, state))) return
    this.#rooms.put(room, state)
    if (this.#rooms.size > ROOMS_IN_DIRECTORY_MAX) this.#rooms.dropLast()
    if (!quiet) this.changed(room)
  }
}

const isSame = (one: RoomState, other: RoomState): boolean =>
  one.epoch === other.epoch &&
  one.head === other.head &&
  one.online === other.online &&
  one.messages === other.messages &&
  activityOf(one) === activityOf(other)
