import { ROOMS_IN_DIRECTORY_MAX } from '../../../protocol/limits.ts'
import { isMatch } from '../../../protocol/room.ts'
import type { RoomState } from '../../domain/ports.ts'

/** Changed rooms that are remembered, at most: who was away for more of them reads all rooms again. */
const CHANGES_KEPT = 10_000

/** Which rooms have changed, in the order of their latest change, and the states that were read since. Kept in memory. */
export class RoomChanges {
  readonly #numbers = new Map<string, number>()
  readonly #states = new Map<string, RoomState>()
  #number = 0
  /** The newest change that is no longer remembered. */
  #forgotten = 0

  /** In the tick in which something changed in a room. */
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

  /** After the disk failed: what failed may be on it all the same, so that any room may have changed. */
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
