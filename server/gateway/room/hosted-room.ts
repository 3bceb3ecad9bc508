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
import { roomStream } from '../socket-rooms.ts'
import type { Backpressure } from './backpressure.ts'
import { EntryCache, type Position } from './entry-cache.ts'
import { RoomPresence, type Snapshot } from './presence.ts'
import { PresenceBroadcast } from './presence-broadcast.ts'

/** The part of a connection that its rooms use. */
export interface Reader {
  readonly socket: ClientSocket
  readonly backpressure: Backpressure
  /** Reads pages from the store one at a time. */
  readonly pageQueue: SerialQueue
}

export interface RoomDeps {
  readonly io: Io
  readonly store: Store
  readonly metrics: NodeMetrics
  readonly journal: Journal
  /** The batching window of the fan-out, in milliseconds. */
  readonly gatherMs: number
}

interface Prepared {
  presence: Snapshot
  /** Page from the store, for a position before the first cached entry. */
  older?: Page
}

/** A room with connections on this node. Follows its log, caches its newest entries and watches its roster. */
export class HostedRoom implements Follower {
  /**
   * The connections that have joined the room or are joining. Those that receive its entries are in the Socket.IO room
   * `#stream`.
   */
  readonly readers = new Set<Reader>()
  readonly presence: RoomPresence
  /** Name of the Socket.IO room of connections that receive the entries. */
  readonly #stream: string
  readonly #entryCache: EntryCache
  readonly #fanout: Fanout
  readonly #presenceBroadcast: PresenceBroadcast
  #following: Subscription | undefined
  /** Entries that arrive before `follow` has resolved with the start position. */
  #buffered: Entry[] | undefined = []
  #loading: Promise<void> | undefined

  constructor(
    readonly name: string,
    private readonly deps: RoomDeps,
    budget: CacheBudget,
  ) {
    this.#stream = roomStream(name)
    this.#fanout = new Fanout((entries) => this.#deliver(entries), deps.gatherMs)
    this.#entryCache = new EntryCache({
      maxEntries: isMatch(name) ? MATCH_LOG_ENTRIES : undefined,
      budget,
      onEvict: () => {
        this.#loading = undefined
      },
    })
    this.#presenceBroadcast = new PresenceBroadcast(deps.io, this.#stream)
    const send = this.#presenceBroadcast.send.bind(this.#presenceBroadcast)
    this.presence = new RoomPresence(name, deps.store.roster, send, () => this.readers.size)
  }

  async open(): Promise<void> {
    this.#following = await this.deps.store.log.follow(this.name, this)
    this.#entryCache.restart(this.#following)
    const buffered = this.#buffered ?? []
    this.#buffered = undefined
    this.entries(buffered)
    await Promise.all([this.#load(), this.presence.open()])
  }

  /** The newest seq that this node has delivered. */
  get head(): number {
    return this.#entryCache.head
  }

  entries(entries: Entry[]): void {
    if (this.#buffered) this.#buffered.push(...entries)
    else for (const entry of entries) this.#append(entry)
  }

  reset(log: { epoch: string; head: number }): void {
    this.#fanout.drop()
    this.#entryCache.restart(log)
    this.#loading = undefined
    for (const { socket } of this.readers) if (socket.rooms.has(this.#stream)) this.#endStream(socket)
  }

  /** Reads what `enter` needs from the store for a join at this position. */
  async prepare({ pageQueue: pages }: Reader, position: Position): Promise<Prepared> {
    // The client may have received more from another node, or of a newer epoch: then this node is behind, not the client.
    if (this.#entryCache.isElsewhere(position)) await this.#following?.catchUp()
    await this.#load()
    const presence = await this.presence.current()
    // The cache may have been evicted meanwhile.
    await this.#load()
    if (this.#entryCache.page(position)) return { presence }
    const { after } = position
    const read = () => this.deps.store.log.read(this.name, { after, entries: JOIN_PAGE_ENTRIES })
    return { presence, older: await pages.run(read) }
  }

  /**
   * Sends batched entries to the current members, adds the connection and returns the answer to the join, in one tick:
   * the answer ends exactly where the stream of entries and presence diffs begins.
   */
  enter({ socket }: Reader, position: Position, { presence, older }: Prepared): Output<'room:join'> {
    this.#fanout.flush()
    const { epoch, head } = this.#entryCache
    const page = this.#entryCache.page(position) ?? older
    if (!page || (page === older && older.epoch !== epoch))
      throw unavailable(`${this.name} was reset during the join. Join again.`)
    socket.join(this.#stream)
    const entries = page.entries.filter(({ seq }) => seq <= head)
    const more = (entries.at(-1)?.seq ?? head) < head
    const { truncated } = page
    return { room: this.name, epoch, head, entries, more, truncated, ...this.presence.latest(presence) }
  }

  /** Sends batched entries without waiting for the end of the window. */
  flush(): void {
    this.#fanout.flush()
  }

  close(): void {
    this.#following?.stop()
    this.#entryCache.close()
    this.#fanout.close()
    this.presence.close()
    this.#presenceBroadcast.close()
  }

  #append(entry: Entry): void {
    this.#entryCache.add(entry)
    this.#fanout.add(entry)
  }

  /** Loads the newest page once. After a failure the next call retries. */
  #load(): Promise<void> {
    this.#loading ??= this.#readNewest().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  async #readNewest(): Promise<void> {
    const { epoch } = this.#entryCache
    const page = await this.deps.store.log.read(this.name, { entries: JOIN_PAGE_ENTRIES })
    if (page.epoch === epoch && this.#entryCache.epoch === epoch) this.#entryCache.load(page.entries)
  }

  #deliver(entries: Entry[]): void {
    const { io, metrics, journal } = this.deps
    const stream = this.#stream
    for (const { backpressure: backlog, socket } of this.readers) {
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
