import type { Member, Status, User } from '../../../protocol/people.ts'
import { combinedStatus } from '../../domain/status.ts'
import type { Lease } from './lease.ts'
import type { RoomChanges } from './room-changes.ts'

interface RoomMember {
  name: string
  /** The status that each node states for the user. */
  statusByLease: Map<Lease, Status>
}

/** Which users are in which room. In memory, since every user is connected through this process. */
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

  /** The users in the room that the lease states. */
  usersOf(lease: Lease, room: string): User[] {
    const members = [...(this.#rooms.get(room) ?? [])]
    return members.filter(([, { statusByLease }]) => statusByLease.has(lease)).map(([id, { name }]) => ({ id, name }))
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
    const { name, statusByLease } = this.#rooms.get(room)!.get(id)!
    return { id, name, status: combinedStatus(statusByLease.values()) }
  }

  watch(room: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(room) ?? new Set()
    const watcher = () => changed()
    this.#watchers.set(room, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(room) === watchers) this.#watchers.delete(room)
    }
  }

  /** Returns whether others can see a difference. */
  #change(lease: Lease, room: string, { user, status }: { user: User; status: Status | null }): boolean {
    const members = this.#rooms.get(room) ?? new Map<string, RoomMember>()
    const member: RoomMember = members.get(user.id) ?? { name: user.name, statusByLease: new Map() }
    const before = appearance(member)
    if (status === null) member.statusByLease.delete(lease)
    else {
      member.statusByLease.set(lease, status)
      member.name = user.name
      members.set(user.id, member)
    }
    if (member.statusByLease.size === 0) members.delete(user.id)
    if (members.size === 0) this.#rooms.delete(room)
    else this.#rooms.set(room, members)
    return appearance(member) !== before
  }

  #changed(room: string): void {
    this.#sorted.delete(room)
    this.changes.note(room)
    for (const changed of this.#watchers.get(room) ?? []) changed()
  }
}

const appearance = ({ name, statusByLease }: RoomMember): string =>
  statusByLease.size === 0 ? '' : `${combinedStatus(statusByLease.values())} ${name}`
