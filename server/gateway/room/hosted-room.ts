import type { Output } from '../../../protocol/commands.ts'
import type { Entry } from '../../../protocol/entry.ts'
import { JOIN_PAGE_ENTRIES, MATCH_LOG_ENTRIES } from '../../../protocol/limits.ts'
import { isMatch } from '../../../protocol/room.ts'
import { Fanout } from '../../domain/fanout.ts'
import { unavailable } from '../../domain/fault-error.ts'
import type { Journal } from '../../domain/journal.ts'
import type { Follower, Page, Store, Subscription } from '../../domain/ports.ts'
import type { SerialQueue } from '../../domain/serial-queue.ts'
import type { NodeMetrics } from '../../metrics.ts'
import type { CacheBudget } from '../cache-budget.ts'
import type { ClientSocket, Io } from '../socket.ts'
import { streamOf } from '../socket-rooms.ts'
import type { Backpressure } from './backpressure.ts'
import { EntryCache, type Position } from './entry-cache.ts'
import { RoomPresence, type Snapshot } from './presence.ts'
import { PresenceBroadcast } from './presence-broadcast.ts'

/** What a room needs of a connection that is in it. */
export interface Reader {
  readonly socket: ClientSocket
  readonly backlog: Backpressure
  /** Reads pages from the store one at a time. */
  readonly pages: SerialQueue
}

export interface RoomDeps {
  readonly io: Io
  readonly store: Store
  readonly metrics: NodeMetrics
  readonly journal: Journal
  /** The fan-out's window. */
  readonly gatherMs: number
}

interface Prepared {
  presence: Snapshot
  /** The entries after a position that lies before what is at hand. */
  older?: Page
}

/** A room that has connections on this node: its log followed, its newest entries at hand, its roster watched. */
export class HostedRoom implements Follower {
  /** The connections that are in the room or about to be; the ones whose stream runs are in Socket.IO's room. */
  readonly readers = new Set<Reader>()
  readonly view: RoomPresence
  /** Socket.IO's room of those whose stream runs: one string for all of them. */
  readonly #stream: string
  readonly #entryCache: EntryCache
  readonly #fanout: Fanout
  readonly #presenceBroadcast: PresenceBroadcast
  #following: Subscription | undefined
  /** What is heard before `follow` has said where it begins. */
  #early: Entry[] | undefined = []
  #loading: Promise<void> | undefined

  constructor(
    readonly name: string,
    private readonly roomDeps: RoomDeps,
    budget: CacheBudget,
  ) {
    this.#stream = streamOf(name)
    this.#fanout = new Fanout((entries) => this.#deliver(entries), roomDeps.gatherMs)
    this.#entryCache = new EntryCache({
      most: isMatch(name) ? MATCH_LOG_ENTRIES : undefined,
      budget,
      evicted: () => {
        this.#loading = undefined
      },
    })
    this.#presenceBroadcast = new PresenceBroadcast(roomDeps.io, this.#stream)
    const tell = this.#presenceBroadcast.send.bind(this.#presenceBroadcast)
    this.view = new RoomPresence(name, roomDeps.store.roster, tell, () => this.readers.size)
  }

  async open(): Promise<void> {
    this.#following = await this.roomDeps.store.log.follow(this.name, this)
    this.#entryCache.restart(this.#following)
    const early = this.#early ?? []
    this.#early = undefined
    this.entries(early)
    await Promise.all([this.#load(), this.view.open()])
  }

  /** The newest seq that this node has handed out. */
  get head(): number {
    return this.#entryCache.head
  }

  entries(entries: Entry[]): void {
    if (this.#early) this.#early.push(...entries)
    else for (const entry of entries) this.#take(entry)
  }

  reset(log: { epoch: string; head: number }): void {
    this.#fanout.drop()
    this.#entryCache.restart(log)
    this.#loading = undefined
    for (const { socket } of this.readers) if (socket.rooms.has(this.#stream)) this.#endStream(socket)
  }

  /** What must be read from the store before somebody can enter at this position. */
  async prepare({ pages }: Reader, position: Position): Promise<Prepared> {
    await this.#load()
    const presence = await this.view.now()
    // Others of the node may have taken its place meanwhile.
    await this.#load()
    if (this.#entryCache.page(position)) return { presence }
    const { after } = position
    const read = () => this.roomDeps.store.log.read(this.name, { after, entries: JOIN_PAGE_ENTRIES })
    return { presence, older: await pages.run(read) }
  }

  /**
   * In one tick: what is waiting leaves to those who are here, the connection enters, and its answer ends where its
   * stream of entries and of presence diffs begins.
   */
  enter({ socket }: Reader, position: Position, { presence, older }: Prepared): Output<'room:join'> {
    this.#fanout.flush()
    const { epoch, head } = this.#entryCache
    const page = this.#entryCache.page(position) ?? older
    if (!page || (page === older && older.epoch !== epoch)) throw unavailable(`${this.name} moved on. Join again.`)
    socket.join(this.#stream)
    const entries = page.entries.filter(({ seq }) => seq <= head)
    const more = (entries.at(-1)?.seq ?? head) < head
    const { truncated } = page
    return { room: this.name, epoch, head, entries, more, truncated, ...this.view.latest(presence) }
  }

  /** Sends what waits for the end of its window. */
  flush(): void {
    this.#fanout.flush()
  }

  close(): void {
    this.#following?.stop()
    this.#entryCache.close()
    this.#fanout.close()
    this.view.close()
    this.#presenceBroadcast.close()
  }

  #take(entry: Entry): void {
    this.#entryCache.add(entry)
    this.#fanout.add(entry)
  }

  /** Brings the newest page to hand, once; after a failure whoever comes next tries again. */
  #load(): Promise<void> {
    this.#loading ??= this.#readNewest().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  async #readNewest(): Promise<void> {
    const { epoch } = this.#entryCache
    const page = await this.roomDeps.store.log.read(this.name, { entries: JOIN_PAGE_ENTRIES })
    if (page.epoch === epoch && this.#entryCache.epoch === epoch) this.#entryCache.load(page.entries)
  }

  #deliver(entries: Entry[]): void {
    const { io, metrics, journal } = this.roomDeps
    const stream = this.#stream
    for (const { backlog, socket } of this.readers) {
      if (backlog.exceeded && socket.rooms.has(stream)) {
        metrics.stale()
        this.#endStream(socket)
      }
    }
    io.local.to(stream).emit('entries', { room: this.name, epoch: this.#entryCache.epoch, entries })
    const connections = io.of('/').adapter.rooms.get(stream)?.size ?? 0
    metrics.delivered(entries.length, connections)
    journal.delivered(entries, connections)
  }

  #endStream(socket: ClientSocket): void {
    socket.leave(this.#stream)
    socket.emit('room:stale', { room: this.name })
  }
}
