import type { Input, Output } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import { NAMED_PRESENCE_MAX } from '../../protocol/limits.ts'
import type { Member } from '../../protocol/people.ts'
import { retry } from './retry.ts'

type MembersPage = Output<'members:read'>
type Read = (page: Pick<Input<'members:read'>, 'after'>) => Promise<MembersPage>

/**
 * The members of one room: a snapshot, then diffs with consecutive versions. A gap in the versions triggers a new read.
 */
export class Presence {
  online = 0
  readonly #read: Read
  readonly #changed: () => void
  readonly #members = new Map<string, Member>()
  #version = 0
  /** Diffs that arrived while a snapshot is pending; undefined when none is. */
  #buffered?: Payload<'presence'>[]
  /** Incremented by everything that makes a pending read obsolete. */
  #generation = 0

  constructor(read: Read, changed: () => void) {
    this.#read = read
    this.#changed = changed
  }

  /** All members; in a room with more than NAMED_PRESENCE_MAX, the first page as of the last read. */
  get members(): Member[] {
    return [...this.#members.values()]
  }

  /**
   * Call this when room:join is sent. Diffs that arrive in the same packet as the answer are emitted before the
   * answer's promise resolves. They are buffered until then; otherwise they would be lost without a visible gap.
   */
  joining(): void {
    this.#generation++
    this.#buffered = []
  }

  /** Applies the answer to room:join. */
  joined(state: MembersPage): void {
    const buffered = this.#buffered ?? []
    this.#generation++
    this.#buffered = undefined
    this.#set(state.members, state.online, state.version)
    if (state.members.length < Math.min(state.online, NAMED_PRESENCE_MAX)) void this.reread()
    else this.#changed()
    for (const diff of buffered) this.apply(diff)
  }

  /** Applies a `presence` event. */
  apply(diff: Payload<'presence'>): void {
    if (this.#buffered) return void this.#buffered.push(diff)
    if (diff.version <= this.#version) return
    const shrunk = this.online > NAMED_PRESENCE_MAX && diff.online <= NAMED_PRESENCE_MAX
    if (diff.version > this.#version + 1 || shrunk) return void this.reread()
    this.#version = diff.version
    this.online = diff.online
    for (const member of [...diff.joined, ...diff.changed]) this.#members.set(member.id, member)
    for (const id of diff.left) this.#members.delete(id)
    this.#changed()
  }

  /** The next join brings a new snapshot. */
  onDisconnected(): void {
    this.#generation++
    this.#buffered = undefined
  }

  /** Reads all pages, or only the first one of a large room. Retries until it succeeds or becomes obsolete. */
  async reread(): Promise<void> {
    const generation = ++this.#generation
    const buffered: Payload<'presence'>[] = []
    this.#buffered = buffered
    const read = (page: Parameters<Read>[0]) =>
      retry(
        () => this.#read(page),
        () => generation === this.#generation,
      )
    try {
      const first = await read({})
      const members = [...(first?.members ?? [])]
      let page = first
      while (page?.next !== undefined && first && first.online <= NAMED_PRESENCE_MAX) {
        page = await read({ after: page.next })
        members.push(...(page?.members ?? []))
      }
      if (!first || !page) return
      // Diffs carry whole members, so applying one that a later page already contained changes nothing.
      this.#set(members, first.online, first.version)
    } catch {
      // Not retryable: according to the node, this client is not in the room.
      if (generation === this.#generation) this.#buffered = undefined
      return
    }
    this.#buffered = undefined
    this.#changed()
    for (const diff of buffered) this.apply(diff)
  }

  #set(members: Member[], online: number, version: number): void {
    this.#members.clear()
    for (const member of members) this.#members.set(member.id, member)
    this.online = online
    this.#version = version
  }
}
