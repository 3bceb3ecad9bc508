import type { RoomState } from './ports.ts'

/** A room's position in the order of activity. */
export type SortPosition = Pick<RoomState, 'room'> & { readonly last?: { readonly at: number } }

/** The time of a room's last message, in Unix milliseconds; 0 if it has none. */
export const activityOf = ({ last }: SortPosition): number => last?.at ?? 0

/** Compares by activity, most recent first, then by name. */
export const byActivity = (one: SortPosition, other: SortPosition): number =>
  activityOf(other) - activityOf(one) || (one.room < other.room ? -1 : one.room > other.room ? 1 : 0)

/** Rooms sorted by activity. An update costs a binary search and a shift of the array. */
export class SortedRooms {
  readonly #byName = new Map<string, RoomState>()
  readonly #sorted: RoomState[] = []

  get size(): number {
    return this.#sorted.length
  }

  names(): Iterable<string> {
    return this.#byName.keys()
  }

  get(room: string): RoomState | undefined {
    return this.#byName.get(room)
  }

  put(room: string, state: RoomState | undefined): void {
    const known = this.#byName.get(room)
    if (known) this.#sorted.splice(this.#find(known), 1)
    if (state) {
      this.#sorted.splice(this.#find(state), 0, state)
      this.#byName.set(room, state)
    } else this.#byName.delete(room)
  }

  dropLast(): void {
    const last = this.#sorted.pop()
    if (last) this.#byName.delete(last.room)
  }

  /** The rooms after a position; the position need not be that of a room in the list. */
  *after(sortPosition: SortPosition | undefined): Generator<RoomState> {
    for (let i = sortPosition ? this.#find(sortPosition) : 0; i < this.#sorted.length; i++) {
      const state = this.#sorted[i]!
      if (!sortPosition || byActivity(sortPosition, state) < 0) yield state
    }
  }

  /** The index of the first room that does not sort before this position. */
  #find(position: SortPosition): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (byActivity(this.#sorted[middle]!, position) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
