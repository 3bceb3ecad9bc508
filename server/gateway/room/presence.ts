import type { Payload } from '../../../protocol/events.ts'
import {
  MEMBERS_PAGE,
  NAMED_PRESENCE_MAX,
  PRESENCE_GATHER_EACH_MS,
  PRESENCE_GATHER_LARGE_MAX_MS,
  PRESENCE_GATHER_MAX_MS,
  PRESENCE_GATHER_MS,
} from '../../../protocol/limits.ts'
import type { Member } from '../../../protocol/people.ts'
import { Coalescer } from '../../domain/coalesce.ts'
import type { Roster } from '../../domain/ports.ts'

type Presence = Payload<'presence'>

/** The first page of members at a version. */
export interface Snapshot {
  members: Member[]
  online: number
  version: number
}

interface RoomMembers {
  members: Map<string, Member>
  online: number
}

/**
 * Presence in one room for the connections of this node: a snapshot, then diffs. When the roster signals a change, this
 * reads the whole state and sends the difference to the last sent state, so that lost, repeated or late signals do no
 * harm. Reads are debounced by PRESENCE_GATHER_MS; longer while changes continue, such as in a reconnect storm, and in
 * rooms with thousands of recipients. Versions count the diffs of this object; a connection stays on its node.
 */
export class RoomPresence {
  readonly #reads = new Coalescer(() => this.#read())
  #version = 1
  /** The state that the sent diffs add up to. */
  #sent: RoomMembers = { members: new Map(), online: 0 }
  /** Ids of users who differed from `#sent` in a returned snapshot: the next diff includes them. */
  readonly #pendingIds = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  #intervalMs = PRESENCE_GATHER_MS
  #unwatch = () => {}
  #closed = false

  constructor(
    private readonly room: string,
    private readonly roster: Roster,
    private readonly send: (presence: Presence) => void,
    /** Number of connections that receive each diff. */
    private readonly recipientCount = () => 0,
  ) {}

  async open(): Promise<void> {
    this.#unwatch = await this.roster.watch(this.room, () => this.#schedule())
    this.#sent = await this.#reads.run()
  }

  get online(): number {
    return this.#sent.online
  }

  /** The current first page. Includes all users who had entered before the call. */
  async current(): Promise<Snapshot> {
    const state = this.#isLarge(this.#sent) ? this.#sent : await this.#reads.run()
    for (const id of differences(this.#sent.members, state.members)) this.#pendingIds.add(id)
    if (this.#pendingIds.size > 0) this.#schedule()
    return this.#snapshot(state)
  }

  /**
   * Returns `snapshot` if no diff was sent since, else the state that the diffs add up to. Reads are serialized, so that
   * this state includes everyone in the snapshot who has not left.
   */
  latest(snapshot: Snapshot): Snapshot {
    return snapshot.version === this.#version ? snapshot : this.#snapshot(this.#sent)
  }

  /** A page of members after the id `after`. */
  async page({ after, limit = MEMBERS_PAGE }: { after?: string; limit?: number }) {
    const { members, online, version } = await this.current()
    if (this.#isLarge({ online })) return { version, ...(await this.roster.list(this.room, { after, limit })) }
    const remaining = after === undefined ? members : members.filter(({ id }) => id > after)
    const page = remaining.slice(0, limit)
    return { version, online, members: page, ...(remaining.length > limit && { next: page.at(-1)?.id }) }
  }

  close(): void {
    this.#closed = true
    this.#unwatch()
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#timer || this.#closed) return
    const intervalMs = Math.max(this.#intervalMs, minIntervalMs(this.recipientCount()))
    const wait = Math.max(0, this.#sentAt + intervalMs - performance.now())
    this.#intervalMs = wait > 0 ? Math.min(PRESENCE_GATHER_MAX_MS, this.#intervalMs * 1.5) : PRESENCE_GATHER_MS
    this.#timer = setTimeout(async () => {
      this.#timer = undefined
      this.#sentAt = performance.now()
      try {
        this.#apply(await this.#reads.run())
      } catch {
        this.#schedule()
      }
    }, wait)
  }

  #snapshot({ members, online }: RoomMembers): Snapshot {
    return { members: [...members.values()], online, version: this.#version }
  }

  async #read(): Promise<RoomMembers> {
    const { members, online, recovering } = await this.roster.list(this.room, { limit: MEMBERS_PAGE })
    const state = { members: new Map(members.map((member) => [member.id, member])), online }
    return recovering ? withMissing(this.#sent, state) : state
  }

  #apply(next: RoomMembers): void {
    if (this.#closed) return
    const previous = this.#sent
    this.#sent = next
    if (this.#isLarge(previous) || this.#isLarge(next)) {
      this.#pendingIds.clear()
      if (next.online === previous.online) return
      // When the room becomes small again, a gap in the versions makes clients read the members again.
      this.#emit(this.#isLarge(next) ? 1 : 2, {})
      return
    }
    const touched = [...new Set([...differences(previous.members, next.members), ...this.#pendingIds])]
    this.#pendingIds.clear()
    const present = touched.flatMap((id) => next.members.get(id) ?? [])
    const joined = present.filter(({ id }) => !previous.members.has(id))
    const changed = present.filter(({ id }) => previous.members.has(id))
    const left = touched.filter((id) => !next.members.has(id))
    if (touched.length > 0) this.#emit(1, { joined, changed, left })
  }

  #emit(versions: number, diff: Partial<Presence>): void {
    this.#version += versions
    const { online } = this.#sent
    this.send({ room: this.room, version: this.#version, joined: [], left: [], changed: [], online, ...diff })
  }

  #isLarge({ online }: Pick<RoomMembers, 'online'>): boolean {
    return online > NAMED_PRESENCE_MAX
  }
}

/** Minimum interval between presence events with this many recipients, in milliseconds. */
export const minIntervalMs = (recipients: number): number =>
  Math.min(PRESENCE_GATHER_LARGE_MAX_MS, recipients * PRESENCE_GATHER_EACH_MS)

/** Merges both states, so that no user is removed while the store may have lost users who are present. */
function withMissing(previous: RoomMembers, next: RoomMembers): RoomMembers {
  const all = [...new Map([...previous.members, ...next.members])]
  const members = new Map(all.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, MEMBERS_PAGE))
  return { members, online: Math.max(previous.online, next.online, all.length) }
}

/** Ids of the users who are in only one of the two, or whose name or status differs. */
function* differences(previous: Map<string, Member>, next: Map<string, Member>): Generator<string> {
  for (const [id, member] of next) {
    const previousMember = previous.get(id)
    if (previousMember?.status !== member.status || previousMember.name !== member.name) yield id
  }
  for (const id of previous.keys()) if (!next.has(id)) yield id
}
