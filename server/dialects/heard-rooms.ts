import type { Entry } from '../../protocol/entry.ts'
import { Fanout } from '../domain/fanout.ts'
import type { Following, RoomLog } from '../domain/ports.ts'
import type { NodeMetrics } from '../metrics.ts'
import { Parts, type Said } from './parts.ts'

/** Hears what is said from now on; what leaves in one turn of the fan-out comes in one tick. */
export type Listener = (said: Said) => void

interface HeardRoom {
  listeners: Set<Listener>
  following: Promise<Following>
  close(): void
}

/** The rooms that connections of this door are in, followed for all of them at once. */
export class HeardRooms {
  readonly #rooms = new Map<string, HeardRoom>()

  constructor(
    private readonly log: RoomLog,
    private readonly metrics: NodeMetrics,
  ) {}

  get size(): number {
    return this.#rooms.size
  }

  /** Resolves when everything that is said from now on will be heard; call what it resolves to when that is enough. */
  async join(room: string, listener: Listener): Promise<() => void> {
    const heard = this.#rooms.get(room) ?? this.#begin(room)
    heard.listeners.add(listener)
    const leave = () => {
      if (!heard.listeners.delete(listener) || heard.listeners.size > 0) return
      heard.close()
      if (this.#rooms.get(room) === heard) this.#rooms.delete(room)
    }
    try {
      await heard.following
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  close(): void {
    for (const room of this.#rooms.values()) room.close()
    this.#rooms.clear()
  }

  #begin(room: string): HeardRoom {
    const listeners = new Set<Listener>()
    const parts = new Parts()
    const fanout = new Fanout((entries) => {
      for (const entry of entries) {
        const said = parts.take(entry)
        if (said) for (const listener of listeners) listener(said)
      }
      this.metrics.delivered(entries.length, listeners.size)
    })
    const entries = (some: Entry[]) => {
      for (const entry of some) fanout.add(entry)
    }
    // Nobody here remembers what came before, so a log that begins anew is simply heard on.
    const following = this.log.follow(room, { entries, renewed: () => {} })
    const close = () => {
      fanout.close()
      following.then(({ stop }) => stop()).catch(() => {})
    }
    const heard = { listeners, following, close }
    this.#rooms.set(room, heard)
    return heard
  }
}
