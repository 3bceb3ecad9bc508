import type { Member, Status, User } from '../../../protocol/people.ts'
import { combinedStatus } from '../../domain/status.ts'
import type { Lease } from './lease.ts'
import type { RoomChanges } from './room-changes.ts'

interface RoomMember {
  name: string
  /** What each node wishes for them. */
  statusByLease: Map<Lease, Status>
}

/** Who is in which room. Kept in memory: whoever is here, is here through this process. */
export class SharedRoster {
  readonly #rooms = new Map<string, Map<string, RoomMember>>()
  readonly #sorted = new Map<string, string[]>()
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(private readonly changes: RoomChanges) {}

  update(lease: Lease, room: string, changes: { user: User; status: Status | null }[]): void {
    let visible = false
    for (const change of changes) visible = this.#change(lease, room, change) || visible
    if (visible) this.#changed(room)
  }

  /** Who is here by this lease. */
  usersOf(lease: Lease, room: string): User[] {
    const present = [...(this.#rooms.get(room) ?? [])]
    return present.filter(([, { statusByLease: wishes }]) => wishes.has(lease)).map(([id, { name }]) => ({ id, name }))
  }

  removeLease(lease: Lease): void {
    for (const room of this.rooms()) {
      this.update(
        lease,
        room,
        this.usersOf(lease, room).map((user) => ({ user, status: null })),
      )
    }
  }

  rooms(): string[] {
    return [...this.#rooms.keys()]
  }

  online(room: string): number {
    return this.#rooms.get(room)?.size ?? 0
  }

  ids(room: string): string[] {
    const ids = this.#sorted.get(room) ?? [...(this.#rooms.get(room)?.keys() ?? [])].sort()
    if (ids.length > 0) this.#sorted.set(room, ids)
    return ids
  }

  member(room: string, id: string): Member {
    const { name, statusByLease: wishes } = this.#rooms.get(room)!.get(id)!
    return { id, name, status: combinedStatus(wishes.values()) }
  }

  watch(room: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(room) ?? new Set()
    const mine = () => changed()
    this.#watchers.set(room, watchers.add(mine))
    return () => {
      watchers.delete(mine)
      if (watchers.size === 0 && this.#watchers.get(room) === watchers) this.#watchers.delete(room)
    }
  }

  /** Whether others can see a difference. */
  #change(lease: Lease, room: string, { user, status }: { user: User; status: Status | null }): boolean {
    const people = this.#rooms.get(room) ?? new Map<string, RoomMember>()
    const present: RoomMember = people.get(user.id) ?? { name: user.name, statusByLease: new Map() }
    const before = appearance(present)
    if (status === null) present.statusByLease.delete(lease)
    else {
      present.statusByLease.set(lease, status)
      present.name = user.name
      people.set(user.id, present)
    }
    if (present.statusByLease.size === 0) people.delete(user.id)
    if (people.size === 0) this.#rooms.delete(room)
    else this.#rooms.set(room, people)
    return appearance(present) !== before
  }

  #changed(room: string): void {
    this.#sorted.delete(room)
    this.changes.note(room)
    for (const changed of this.#watchers.get(room) ?? []) changed()
  }
}

const appearance = ({ name, statusByLease: wishes }: RoomMember): string =>
  wishes.size === 0 ? '' : `${combinedStatus(wishes.values())} ${name}`
