import type { Status, User } from '../../../protocol/people.ts'
import type { Roster } from '../../domain/ports.ts'
import type { Lease } from './lease.ts'
import type { SharedRoster } from './shared-roster.ts'

export class EmbeddedRoster implements Roster {
  constructor(
    private readonly sharedRoster: SharedRoster,
    private readonly lease: Lease,
  ) {}

  async update(room: string, changes: { user: User; status: Status | null }[]) {
    this.lease.requireHeld()
    this.sharedRoster.update(this.lease, room, changes)
  }

  async replace(room: string, people: { user: User; status: Status }[]) {
    this.lease.requireHeld()
    const named = new Set(people.map(({ user }) => user.id))
    const removed = this.sharedRoster.usersOf(this.lease, room).filter((user) => !named.has(user.id))
    this.sharedRoster.update(this.lease, room, [...removed.map((user) => ({ user, status: null })), ...people])
  }

  async list(room: string, { after, limit }: { after?: string; limit: number }) {
    const ids = this.sharedRoster.ids(room)
    const from = after === undefined ? 0 : firstAfter(ids, after)
    const page = ids.slice(from, from + limit)
    const members = page.map((id) => this.sharedRoster.member(room, id))
    const next = from + limit < ids.length ? page.at(-1) : undefined
    return { members, online: ids.length, ...(next !== undefined && { next }) }
  }

  async watch(room: string, changed: () => void) {
    return this.sharedRoster.watch(room, changed)
  }

  /** Never called: the roster lives as long as this process. */
  onStateLost() {}
}

/** Index of the first of the sorted ids that is greater than `id`. */
function firstAfter(ids: string[], id: string): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! <= id) low = middle + 1
    else high = middle
  }
  return low
}
