import type { RoomChange } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import { ROOMS_PUSH_MAX_BYTES, ROOMS_PUSH_MS } from '../../protocol/limits.ts'
import { directPeople } from '../../protocol/room.ts'
import { RoomDirectory } from '../domain/room-directory.ts'
import { summariesFor, withOthers } from '../domain/room-list.ts'
import type { Connection } from './connection.ts'
import type { RoomDeps } from './room/hosted-room.ts'
import { WATCHERS } from './socket-rooms.ts'

/** Direct rooms and rooms just read whose summaries are pushed in one round, over all users. */
const OWN_AT_ONCE = 500

/**
 * Pushes changes of the room list to the connections that watch it. While there are any, one round each ROOMS_PUSH_MS
 * reads what has changed in the cluster. Summaries of public rooms are made and encoded once for all watchers of the
 * node; those of direct rooms, and of rooms that their user has just read, for that user alone.
 */
export class RoomFeed {
  readonly directory: RoomDirectory
  readonly #watchers = new Map<string, Set<Connection>>()
  /** Public rooms whose change is to be pushed; the longest waiting first. */
  readonly #public = new Set<string>()
  /** By user id. */
  readonly #own = new Map<string, Set<string>>()
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly parts: Pick<RoomDeps, 'io' | 'store'>) {
    this.directory = new RoomDirectory(parts.store.rooms, (room) => this.#note(room))
  }

  watch(connection: Connection): void {
    const { user, socket } = connection
    if (!socket.connected) return
    const connections = this.#watchers.get(user.id) ?? new Set()
    this.#watchers.set(user.id, connections.add(connection))
    socket.join(WATCHERS)
    this.#timer ??= setTimeout(this.#round, ROOMS_PUSH_MS)
  }

  forget(connection: Connection): void {
    const { user, socket } = connection
    const connections = this.#watchers.get(user.id)
    if (!connections?.delete(connection)) return
    socket.leave(WATCHERS)
    if (connections.size > 0) return
    this.#watchers.delete(user.id)
    this.#own.delete(user.id)
  }

  /** Somebody has read further in a room. */
  read(room: string, user: string): void {
    // Direct rooms announce that themselves, to both people and on every node.
    if (!directPeople(room)) this.#noteOwn(room, user)
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
      // The store is away: the next round finds what has changed.
    }
    // Without watchers nothing is read; what changed by then is in the list that the next one asks for.
    if (this.#watchers.size > 0) this.#timer = setTimeout(this.#round, ROOMS_PUSH_MS)
    else this.#timer = undefined
    if (this.#watchers.size === 0) this.#public.clear()
  }

  #note(room: string): void {
    const people = directPeople(room)
    if (people) for (const user of people) this.#noteOwn(room, user)
    else if (this.#watchers.size > 0) this.#public.add(room)
  }

  #noteOwn(room: string, user: string): void {
    if (!this.#watchers.has(user)) return
    const rooms = this.#own.get(user) ?? new Set()
    this.#own.set(user, rooms.add(room))
  }

  #dropSlow(): void {
    for (const connections of [...this.#watchers.values()]) {
      for (const connection of [...connections]) {
        if (!connection.backlog.exceeded) continue
        this.forget(connection)
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
    if (changed.length + removed.length > 0) this.parts.io.local.to(WATCHERS).emit('rooms', { changed, removed })
  }

  async #pushOwn(): Promise<void> {
    const { store } = this.parts
    const due: [user: string, room: string][] = []
    for (const [user, rooms] of this.#own) {
      for (const room of rooms) {
        if (due.length === OWN_AT_ONCE) break
        due.push([user, room])
        rooms.delete(room)
      }
      if (rooms.size === 0) this.#own.delete(user)
    }
    if (due.length === 0) return
    try {
      const rooms = [...new Set(due.map(([, room]) => room))]
      const states = new Map((await store.rooms.states(rooms)).flatMap((state) => (state ? [[state.room, state]] : [])))
      const users = new Map<string, string[]>()
      for (const [user, room] of due) users.set(user, [...(users.get(user) ?? []), room])
      await Promise.all(
        [...users].map(async ([user, own]) => {
          const theirs = own.flatMap((room) => states.get(room) ?? [])
          const summaries = await withOthers(store.users, user, await summariesFor(store.rooms, user, theirs))
          this.#pushTo(user, { changed: summaries.map((one, i) => ({ ...theirs[i]!, ...one })), removed: [] })
        }),
      )
    } catch (error) {
      for (const [user, room] of due) this.#noteOwn(room, user)
      throw error
    }
  }

  #pushTo(user: string, payload: Payload<'rooms'>): void {
    if (payload.changed.length === 0) return
    for (const { socket } of this.#watchers.get(user) ?? []) socket.emit('rooms', payload)
  }
}
