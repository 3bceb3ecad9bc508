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

/** The first page of members, as of a version. */
export interface Snapshot {
  members: Member[]
  online: number
  version: number
}

interface Here {
  members: Map<string, Member>
  online: number
}

/**
 * Who is in a room, as the people on this node see it. State first, then diffs: the roster says that something changed,
 * the view reads it whole, at most every PRESENCE_GATHER_MS (less often while changes do not stop, as when thousands
 * come back to their rooms at once, or where thousands are told), and tells what is different. So a signal that gets
 * lost, or comes twice or late, does no harm. Versions number what this view told; a connection keeps to its node.
 */
export class RoomPresence {
  readonly #reads = new Coalescer(() => this.#read())
  #version = 1
  /** What everybody here was told, diff by diff. */
  #told: Here = { members: new Map(), online: 0 }
  /** Who was different in an answer that was ahead of that: the next diff says what became of them. */
  readonly #ahead = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #gatherMs = PRESENCE_GATHER_MS
  #unwatch = () => {}
  #closed = false

  constructor(
    private readonly room: string,
    private readonly roster: Roster,
    private readonly tell: (presence: Presence) => void,
    /** How many hear that. */
    private readonly listeners = () => 0,
  ) {}

  async open(): Promise<void> {
    this.#unwatch = await this.roster.watch(this.room, () => this.#note())
    this.#told = await this.#reads.run()
  }

  get online(): number {
    return this.#told.online
  }

  /** The first page as it is now: everybody who had entered when this was called. */
  async now(): Promise<Snapshot> {
    const here = this.#isLarge(this.#told) ? this.#told : await this.#reads.run()
    for (const id of differences(this.#told.members, here.members)) this.#ahead.add(id)
    if (this.#ahead.size > 0) this.#note()
    return this.#snapshot(here)
  }

  /**
   * `snapshot` as long as no diff was sent since. After one, what the diffs add up to: reads are made one at a time, so
   * everybody whom the snapshot contains had entered before that was read.
   */
  latest(snapshot: Snapshot): Snapshot {
    return snapshot.version === this.#version ? snapshot : this.#snapshot(this.#told)
  }

  /** A page after the id `after`. */
  async page({ after, limit = MEMBERS_PAGE }: { after?: string; limit?: number }) {
    const { members, online, version } = await this.now()
    if (this.#isLarge({ online })) return { version, ...(await this.roster.list(this.room, { after, limit })) }
    const following = after === undefined ? members : members.filter(({ id }) => id > after)
    const page = following.slice(0, limit)
    return { version, online, members: page, ...(following.length > limit && { next: page.at(-1)?.id }) }
  }

  close(): void {
    this.#closed = true
    this.#unwatch()
    clearTimeout(this.#timer)
  }

  #note(): void {
    if (this.#timer || this.#closed) return
    const gatherMs = Math.max(this.#gatherMs, gatherAmong(this.listeners()))
    const wait = Math.max(0, this.#toldAt + gatherMs - performance.now())
    this.#gatherMs = wait > 0 ? Math.min(PRESENCE_GATHER_MAX_MS, this.#gatherMs * 1.5) : PRESENCE_GATHER_MS
    this.#timer = setTimeout(async () => {
      this.#timer = undefined
      this.#toldAt = performance.now()
      try {
        this.#become(await this.#reads.run())
      } catch {
        this.#note()
      }
    }, wait)
  }

  #snapshot({ members, online }: Here): Snapshot {
    return { members: [...members.values()], online, version: this.#version }
  }

  async #read(): Promise<Here> {
    const { members, online, recovering } = await this.roster.list(this.room, { limit: MEMBERS_PAGE })
    const here = { members: new Map(members.map((member) => [member.id, member])), online }
    return recovering ? withMissing(this.#told, here) : here
  }

  #become(now: Here): void {
    if (this.#closed) return
    const before = this.#told
    this.#told = now
    if (this.#isLarge(before) || this.#isLarge(now)) {
      this.#ahead.clear()
      if (now.online === before.online) return
      // A room that becomes small again leaves a gap in the versions, so that its people read the members anew.
      this.#say(this.#isLarge(now) ? 1 : 2, {})
      return
    }
    const touched = [...new Set([...differences(before.members, now.members), ...this.#ahead])]
    this.#ahead.clear()
    const here = touched.flatMap((id) => now.members.get(id) ?? [])
    const joined = here.filter(({ id }) => !before.members.has(id))
    const changed = here.filter(({ id }) => before.members.has(id))
    const left = touched.filter((id) => !now.members.has(id))
    if (touched.length > 0) this.#say(1, { joined, changed, left })
  }

  #say(versions: number, diff: Partial<Presence>): void {
    this.#version += versions
    const { online } = this.#told
    this.tell({ room: this.room, version: this.#version, joined: [], left: [], changed: [], online, ...diff })
  }

  #isLarge({ online }: Pick<Here, 'online'>): boolean {
    return online > NAMED_PRESENCE_MAX
  }
}

/** How long presence is gathered at least where so many hear of it, in milliseconds. */
export const gatherAmong = (listeners: number): number =>
  Math.min(PRESENCE_GATHER_LARGE_MAX_MS, listeners * PRESENCE_GATHER_EACH_MS)

/** Nobody goes while the store may have lost people who are there. */
function withMissing(before: Here, now: Here): Here {
  const all = [...new Map([...before.members, ...now.members])]
  const members = new Map(all.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, MEMBERS_PAGE))
  return { members, online: Math.max(before.online, now.online, all.length) }
}

/** The ids of those who are in one of them alone, or different. */
function* differences(before: Map<string, Member>, now: Map<string, Member>): Generator<string> {
  for (const [id, member] of now) {
    const known = before.get(id)
    if (known?.status !== member.status || known.name !== member.name) yield id
  }
  for (const id of before.keys()) if (!now.has(id)) yield id
}
