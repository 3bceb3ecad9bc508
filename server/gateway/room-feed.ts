import type { RoomChange } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import { ROOMS_PUSH_MAX_BYTES, ROOMS_PUSH_MS } from '../../protocol/limits.ts'
import { directPeople } from '../../protocol/room.ts'
import { RoomDirectory } from '../domain/room-directory.ts'
import { summariesFor, withOthers } from '../domain/room-list.ts'
import type { Connection } from './connection.ts'
import type { RoomDeps } from './room/hosted-room.ts'
import { WATCHERS } from './socket-rooms.ts'

/** Most direct rooms and recently read rooms whose summaries are pushed in one round, over all users. */
const OWN_BATCH_MAX = 500

/**
 * Pushes changes of the room list to the connections that watch it. While there are watchers, one round every
 * ROOMS_PUSH_MS reads the changes from the store. Summaries of public rooms are built and encoded once for all watchers
 * of the node; summaries of direct rooms, and of rooms that a user has just read, are built per user.
 */
export class RoomFeed {
  readonly directory: RoomDirectory
  readonly #watchers = new Map<string, Set<Connection>>()
  /** Public rooms with a change to push, oldest change first. */
  readonly #public = new Set<string>()
  /** Rooms with a change to push to one user, by user id. */
  readonly #own = new Map<string, Set<string>>()
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly deps: Pick<RoomDeps, 'io' | 'store'>) {
    this.directory = new RoomDirectory(deps.store.rooms, (room) => this.#onChange(room))
  }

  watch(connection: Connection): void {
    const { user, socket } = connection
    if (!socket.connected) return
    const connections = this.#watchers.get(user.id) ?? new Set()
    this.#watchers.set(user.id, connections.add(connection))
    socket.join(WATCHERS)
    this.#timer ??= setTimeout(this.#round, ROOMS_PUSH_MS)
  }

  unwatch(connection: Connection): void {
    const { user, socket } = connection
    const connections = this.#watchers.get(user.id)
    if (!connections?.delete(connection)) return
    socket.leave(WATCHERS)
    if (connections.size > 0) return
    this.#watchers.delete(user.id)
    this.#own.delete(user.id)
  }

  /** Queues the room summary of a user whose read position has moved. */
  markRead(room: string, user: string): void {
    // The room directory reports read positions of direct rooms itself, to both users and on all nodes.
    if (!directPeople(room)) this.#queueOwn(room, user)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#watchers.clear()
  }

  readonly #round = async (): Promise<void> => {
    try {
      await this.directory.refresh()
      this.#dropSlow()
      this.#pushPublic()
      await this.#pushOwn()
    } catch {
      // The store is unavailable: the next round reads the changes.
    }
    // Without watchers nothing is read: the next watcher starts from a complete list.
    if (this.#watchers.size > 0) this.#timer = setTimeout(this.#round, ROOMS_PUSH_MS)
    else this.#timer = undefined
    if (this.#watchers.size === 0) this.#public.clear()
  }

  #onChange(room: string): void {
    const people = directPeople(room)
    if (people) for (const user of people) this.#queueOwn(room, user)
    else if (this.#watchers.size > 0) this.#public.add(room)
  }

  #queueOwn(room: string, user: string): void {
    if (!this.#watchers.has(user)) return
    const rooms = this.#own.get(user) ?? new Set()
    this.#own.set(user, rooms.add(room))
  }

  #dropSlow(): void {
    for (const connections of [...this.#watchers.values()]) {
      for (const connection of [...connections]) {
        if (!connection.backpressure.exceeded) continue
        this.unwatch(connection)
        connection.socket.emit('rooms', { changed: [], removed: [], stale: true })
      }
    }
  }

  #pushPublic(): void {
    const changed: RoomChange[] = []
    const removed: string[] = []
    let bytes = 0
    for (const room of this.#public) {
      const state = this.directory.get(room)
      bytes += state ? Buffer.byteLength(JSON.stringify(state)) : room.length + 3
      if (bytes > ROOMS_PUSH_MAX_BYTES && changed.length + removed.length > 0) break
      this.#public.delete(room)
      if (state) changed.push(state)
      else removed.push(room)
    }
    if (changed.length + removed.length > 0) this.deps.io.local.to(WATCHERS).emit('rooms', { changed, removed })
  }

  async #pushOwn(): Promise<void> {
    const { store } = this.deps
    const batch: [user: string, room: string][] = []
    for (const [user, rooms] of this.#own) {
      for (const room of rooms) {
        if (batch.length === OWN_BATCH_MAX) break
        batch.push([user, room])
        rooms.delete(room)
      }
      if (rooms.size === 0) this.#own.delete(user)
    }
    if (batch.length === 0) return
    try {
      const rooms = [...new Set(batch.map(([, room]) => room))]
      const states = new Map((await store.rooms.states(rooms)).flatMap((state) => (state ? [[state.room, state]] : [])))
      const users = new Map<string, string[]>()
      for (const [user, room] of batch) users.set(user, [...(users.get(user) ?? []), room])
      await Promise.all(
        [...users].map(async ([user, ownRooms]) => {
          const ownStates = ownRooms.flatMap((room) => states.get(room) ?? [])
          const summaries = await withOthers(store.users, user, await summariesFor(store.rooms, user, ownStates))
          this.#pushTo(user, {
            changed: summaries.map((summary, i) => ({ ...ownStates[i]!, ...summary })),
            removed: [],
          })
        }),
      )
    } catch (error) {
      for (const [user, room] of batch) this.#queueOwn(room, user)
      throw error
    }
  }

  #pushTo(user: string, payload: Payload<'rooms'>): void {
    if (payload.changed.length === 0) return
    for (const { socket } of this.#watchers.get(user) ?? []) socket.emit('rooms', payload)
  }
}
