import type { Input, Output } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'
import { NAMED_PRESENCE_MAX } from '../../protocol/limits.ts'
import type { Member } from '../../protocol/people.ts'
import { retry } from './retry.ts'

type MembersPage = Output<'members:read'>
type Read = (page: Pick<Input<'members:read'>, 'after'>) => Promise<MembersPage>

/** Who is in one room: a state, then numbered diffs; a gap in the numbers and the state is read again. */
export class Presence {
  online = 0
  readonly #read: Read
  readonly #changed: () => void
  readonly #members = new Map<string, Member>()
  #version = 0
  /** Diffs that arrive while a state is awaited; undefined when none is. */
  #held?: Payload<'presence'>[]
  #turn = 0

  constructor(read: Read, changed: () => void) {
    this.#read = read
    this.#changed = changed
  }

  /** Everybody, or in a room of more than NAMED_PRESENCE_MAX the first page as it was when it was read. */
  get members(): Member[] {
    return [...this.#members.values()]
  }

  /**
   * A node was asked to let us in. Diffs that come in one piece with its answer are taken before the answer, which is
   * a promise's value: they wait for it, or they would be lost without a gap.
   */
  expect(): void {
    this.#turn++
    this.#held = []
  }

  /** The answer to room:join. */
  start(state: MembersPage): void {
    const held = this.#held ?? []
    this.#turn++
    this.#held = undefined
    this.#set(state.members, state.online, state.version)
    if (state.members.length < Math.min(state.online, NAMED_PRESENCE_MAX)) void this.reread()
    else this.#changed()
    for (const diff of held) this.take(diff)
  }

  /** A `presence` event. */
  take(diff: Payload<'presence'>): void {
    if (this.#held) return void this.#held.push(diff)
    if (diff.version <= this.#version) return
    const unnamed = this.online > NAMED_PRESENCE_MAX && diff.online <= NAMED_PRESENCE_MAX
    if (diff.version > this.#version + 1 || unnamed) return void this.reread()
    this.#version = diff.version
    this.online = diff.online
    for (const member of [...diff.joined, ...diff.changed]) this.#members.set(member.id, member)
    for (const id of diff.left) this.#members.delete(id)
    this.#changed()
  }

  /** The connection is gone: the next join brings a new state. */
  lost(): void {
    this.#turn++
    this.#held = undefined
  }

  /** Reads everybody, unless they are too many to be named; again and again until it is known, or joining said it. */
  async reread(): Promise<void> {
    const turn = ++this.#turn
    const held: Payload<'presence'>[] = []
    this.#held = held
    const read = (page: Parameters<Read>[0]) =>
      retry(
        () => this.#read(page),
        () => turn === this.#turn,
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
      // Diffs name the whole of what changed, so those that a later page knew already do no harm.
      this.#set(members, first.online, first.version)
    } catch {
      // We are no longer in the room, as far as the node knows.
      if (turn === this.#turn) this.#held = undefined
      return
    }
    this.#held = undefined
    this.#changed()
    for (const diff of held) this.take(diff)
  }

  #set(members: Member[], online: number, version: number): void {
    this.#members.clear()
    for (const member of members) this.#members.set(member.id, member)
    this.online = online
    this.#version = version
  }
}
