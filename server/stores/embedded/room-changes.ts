import { ROOMS_IN_DIRECTORY_MAX } from '../../../protocol/limits.ts'
import { isMatch } from '../../../protocol/room.ts'
import type { RoomState } from '../../domain/ports.ts'

/** Maximum number of changed rooms kept. A reader that is further behind reads all rooms again. */
const CHANGES_KEPT = 10_000

/** Which rooms have changed, in the order of their latest change, and a cache of their states. In memory. */
export class RoomChanges {
  readonly #numbers = new Map<string, number>()
  readonly #states = new Map<string, RoomState>()
  #number = 0
  /** Number of the newest change that is no longer kept. */
  #forgotten = 0

  /** Call in the same tick in which a room changes. */
  note(room: string): void {
    if (isMatch(room)) return
    this.#states.delete(room)
    this.#numbers.delete(room)
    this.#numbers.set(room, ++this.#number)
    if (this.#numbers.size <= CHANGES_KEPT) return
    const [oldest, number] = this.#numbers.entries().next().value!
    this.#numbers.delete(oldest)
    this.#forgotten = number
  }

  since(since?: string): { rooms?: string[]; next: string } {
    const next = String(this.#number)
    const number = Number(since ?? Number.NaN)
    if (!(number >= this.#forgotten && number <= this.#number)) return { next }
    const rooms: string[] = []
    for (const [room, changed] of [...this.#numbers].reverse()) {
      if (changed <= number) break
      rooms.unshift(room)
    }
    return { next, rooms }
  }

  /** Call after the disk failed: a failed batch may have taken effect, so that any room may have changed. */
  restart(): void {
    this.#states.clear()
    this.#numbers.clear()
    this.#forgotten = ++this.#number
  }

  state(room: string): RoomState | undefined {
    return this.#states.get(room)
  }

  remember(state: RoomState): RoomState {
    if (this.#states.size >= ROOMS_IN_DIRECTORY_MAX) this.#states.delete(this.#states.keys().next().value!)
    this.#states.set(state.room, state)
    return state
  }
}
