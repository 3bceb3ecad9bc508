import type { Payload } from '../../protocol/events.ts'
import { DEDUPE_WINDOW_MS } from '../../protocol/limits.ts'
import { Connection, type ConnectionState, type Transport } from './connection.ts'
import { Emitter } from './emitter.ts'
import type { ChatFault } from './fault.ts'
import { Identity, type TokenStorage } from './identity.ts'
import { type MatchEvents, MatchSearch } from './match.ts'
import { Outbox, type Settled } from './outbox.ts'
import type { OutboxStore } from './pending-command.ts'
import { RoomList, type RoomListEvents } from './room-list.ts'
import { type RoomEvents, Rooms } from './rooms.ts'
import { StatusSender } from './status.ts'
import { TypingSender } from './typing.ts'

export interface ChatOptions {
  /** Address of the cluster; default in a browser: the page's origin. */
  url?: string
  /** Signs in as a new guest with this name, unless there is a token. */
  name?: string
  token?: string
  /** Default: polling first, then an upgrade to WebSocket. */
  transports?: Transport[]
  /** Where the token is stored, such as localStorage. */
  storage?: TokenStorage
  /**
   * Where unacknowledged commands are stored: LocalStorageOutbox in a browser, FileOutbox in Node; default: in memory.
   */
  outbox?: OutboxStore
  /** The cluster's DEDUPE_WINDOW_MS, if it is not the default. */
  dedupeMs?: number
}

export interface ChatEvents extends RoomEvents, RoomListEvents, MatchEvents {
  state: ConnectionState
  session: Payload<'session'>
  receipts: Payload<'receipts'>
  /** `size` entries of a room arrived in one message from the node. */
  batch: { room: string; size: number }
  'direct:news': Payload<'direct:news'>
  /** Number of commands without an acknowledgement. */
  waiting: number
  /** The result of `pendingCommands(room)` has changed. For restored commands, emitted before their room is joined. */
  outbox: { room: string }
  /** The outcome of a command. For a `restored` one, whose promise is gone, this event is the only notification. */
  settled: Settled
}

/** The state that survives reconnects: the identity, the joined rooms, the status and the outbox. */
export class Session extends Emitter<ChatEvents> {
  readonly connection: Connection
  readonly identity: Identity
  readonly rooms: Rooms
  readonly outbox: Outbox
  readonly status: StatusSender
  readonly typing: TypingSender
  readonly search: MatchSearch
  readonly roomList = new RoomList((change) => this.emit('rooms', change))
  /** Features of the connected node. */
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
      isOpen: (room) => this.rooms.stream(room)?.joined ?? this.connected,
      position: (room) => this.rooms.stream(room)?.position,
      dedupeMs,
      store: outbox,
      changed: (room) => {
        this.emit('waiting', this.outbox.count)
        this.emit('outbox', { room })
      },
      settled: (outcome) => this.emit('settled', outcome),
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
      emit: (event, payload) => this.emit(event, payload as ChatEvents[typeof event]),
    })
    this.#listen()
  }

  get connected(): boolean {
    const { state } = this.connection.state
    return state === 'syncing' || state === 'live'
  }

  /** Resolves when the room is in sync. */
  join(room: string): Promise<void> {
    const known = this.rooms.stream(room)
    if (known) return known.ready
    const stream = this.rooms.add(room)
    if (this.connected) void stream.join()
    return stream.ready
  }

  abandon(fault: ChatFault): void {
    this.outbox.abandon(fault)
    this.rooms.dropAll(fault)
  }

  #listen(): void {
    const { connection } = this
    connection.on('state', (connectionState) => {
      if (connectionState.state === 'refused' && connectionState.fault) {
        this.identity.discardToken(connectionState.fault)
        this.abandon(connectionState.fault)
      }
      this.emit('state', connectionState)
    })
    connection.on('session', (session) => this.#resume(session))
    connection.on('lost', () => {
      this.typing.clear()
      this.status.onDisconnected()
      this.search.onDisconnected()
      this.roomList.onDisconnected()
    })
    connection.on('entries', ({ room, entries }) => this.emit('batch', { room, size: entries.length }))
    connection.on('receipts', (payload) => this.emit('receipts', payload))
    connection.on('direct:news', (payload) => this.emit('direct:news', payload))
    this.on('joined', ({ room }) => this.outbox.resume(room))
    connection.on('rooms', (change) => this.roomList.apply(change))
    connection.on('match:found', (pair) => this.search.found(pair))
    connection.on('match:ended', (end) => this.search.ended(end))
    this.on('refused', ({ room, fault }) => {
      this.outbox.refuse(room, fault)
      this.search.refused(room)
    })
  }

  /** On a new connection, rejoins the rooms before anything else is sent. */
  #resume(session: Payload<'session'>): void {
    this.identity.accept(session)
    this.features = new Set(session.features)
    void this.rooms.rejoin()
    this.emit('session', session)
    this.status.onConnected()
    this.search.onConnected()
    this.outbox.setUser(session.user.id)
    this.outbox.resume()
  }
}
