import type { Payload } from '../../protocol/events.ts'
import { DEDUPE_WINDOW_MS } from '../../protocol/limits.ts'
import { Connection, type ConnectionState, type Transport } from './connection.ts'
import { Emitter } from './emitter.ts'
import type { ChatFault } from './fault.ts'
import { Identity, type TokenStorage } from './identity.ts'
import { MatchSearch, type StrangerEvents } from './match.ts'
import { Outbox, type Settled } from './outbox.ts'
import type { OutboxStore } from './pending-command.ts'
import { RoomList, type RoomListEvents } from './room-list.ts'
import { type RoomEvents, Rooms } from './rooms.ts'
import { StatusSender } from './status.ts'
import { TypingSender } from './typing.ts'

export interface ChatOptions {
  /** Where the cluster is; in a browser the page's own origin by default. */
  url?: string
  /** Becomes a guest of that name, unless there is a token. */
  name?: string
  token?: string
  /** Both by default: polling first, then an upgrade. */
  transports?: Transport[]
  /** Where the token outlives this client, such as localStorage. */
  storage?: TokenStorage
  /** Where unsent letters outlive it: LocalStorageOutbox in a browser, FileOutbox in Node. */
  outbox?: OutboxStore
  /** The cluster's DEDUPE_WINDOW_MS, where it is not the default. */
  dedupeMs?: number
}

export interface ChatEvents extends RoomEvents, RoomListEvents, StrangerEvents {
  state: ConnectionState
  session: Payload<'session'>
  receipts: Payload<'receipts'>
  /** So many entries of a room came together, in one message of the node's. */
  batch: { room: string; size: number }
  'direct:news': Payload<'direct:news'>
  /** How many letters wait for their acknowledgement. */
  waiting: number
  /** What `pendingCommands(room)` returns is different now. An earlier life's letters are told of before their room is joined. */
  outbox: { room: string }
  /** The end of a letter; of one from an earlier life (`restored`) this is the only word. */
  settled: Settled
}

/** A stay in the cluster over any number of connections: who we are, our rooms, our status, and what waits to be said. */
export class Session extends Emitter<ChatEvents> {
  readonly connection: Connection
  readonly identity: Identity
  readonly rooms: Rooms
  readonly outbox: Outbox
  readonly status: StatusSender
  readonly typing: TypingSender
  readonly search: MatchSearch
  readonly roomList = new RoomList((change) => this.emit('rooms', change))
  /** Of the node that we are connected to. */
  features: ReadonlySet<string> = new Set()

  constructor({ url, transports, outbox, dedupeMs = DEDUPE_WINDOW_MS, ...who }: ChatOptions) {
    super()
    this.identity = new Identity(who)
    this.connection = new Connection({ url, transports, credentials: this.identity.credentials })
    const { call } = this.connection
    this.rooms = new Rooms(
      this.connection,
      () => this.identity.user?.id,
      (event, payload) => this.emit(event, payload as ChatEvents[typeof event]),
    )
    this.outbox = new Outbox({
      call,
      open: (room) => this.rooms.stream(room)?.joined ?? this.connected,
      position: (room) => this.rooms.stream(room)?.position,
      dedupeMs,
      store: outbox,
      changed: (room) => {
        this.emit('waiting', this.outbox.count)
        this.emit('outbox', { room })
      },
      settled: (end) => this.emit('settled', end),
      restored: (rooms) => rooms.forEach((room) => void this.join(room).catch(() => {})),
    })
    this.status = new StatusSender(call)
    this.typing = new TypingSender((room, typing) => {
      if (this.connected) call('typing:set', { room, typing }).catch(() => {})
    })
    this.search = new MatchSearch({
      call,
      join: (room) => this.join(room),
      drop: (room, fault) => {
        this.rooms.drop(room, fault)
        this.outbox.refuse(room, fault)
      },
      tell: (event, payload) => this.emit(event, payload as ChatEvents[typeof event]),
    })
    this.#listen()
  }

  get connected(): boolean {
    const { state } = this.connection.state
    return state === 'syncing' || state === 'live'
  }

  /** Resolves when the room is caught up. */
  join(room: string): Promise<void> {
    const known = this.rooms.stream(room)
    if (known) return known.ready
    const stream = this.rooms.add(room)
    if (this.connected) void stream.join()
    return stream.ready
  }

  giveUp(fault: ChatFault): void {
    this.outbox.abandon(fault)
    this.rooms.dropAll(fault)
  }

  #listen(): void {
    const { connection } = this
    connection.on('state', (connectionState) => {
      if (connectionState.state === 'refused' && connectionState.fault) {
        this.identity.refused(connectionState.fault)
        this.giveUp(connectionState.fault)
      }
      this.emit('state', connectionState)
    })
    connection.on('session', (session) => this.#resume(session))
    connection.on('lost', () => {
      this.typing.clear()
      this.status.lost()
      this.search.lost()
      this.roomList.lost()
    })
    connection.on('entries', ({ room, entries }) => this.emit('batch', { room, size: entries.length }))
    connection.on('receipts', (payload) => this.emit('receipts', payload))
    connection.on('direct:news', (payload) => this.emit('direct:news', payload))
    this.on('joined', ({ room }) => this.outbox.resume(room))
    connection.on('rooms', (change) => this.roomList.take(change))
    connection.on('match:found', (pair) => this.search.found(pair))
    connection.on('match:ended', (end) => this.search.ended(end))
    this.on('refused', ({ room, fault }) => {
      this.outbox.refuse(room, fault)
      this.search.refused(room)
    })
  }

  /** On a new connection: first back into every room, then everything else. */
  #resume(session: Payload<'session'>): void {
    this.identity.accept(session)
    this.features = new Set(session.features)
    void this.rooms.rejoin()
    this.emit('session', session)
    this.status.begin()
    this.search.begin()
    this.outbox.begin(session.user.id)
    this.outbox.resume()
  }
}
