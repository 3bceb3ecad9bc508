import type { Input, Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { Status, User } from '../../protocol/people.ts'
import type { ConnectionState, Request, Transport } from './connection.ts'
import type { Emitter } from './emitter.ts'
import { asFault, Discarded, unanswered } from './fault.ts'
import { newId, type PendingCommand } from './pending-command.ts'
import { type ChatEvents, type ChatOptions, Session } from './session.ts'

export { TOKEN_KEY } from './identity.ts'
export type { ChatEvents, ChatOptions }

/**
 * A chat client that survives reconnects: rooms are resumed without gaps, and each command is appended exactly once.
 */
export class ChatClient {
  readonly #session: Session
  /** Returns a function that removes the listener. */
  readonly on: Emitter<ChatEvents>['on']
  /** Resolves with the payload of the next event for which `wanted` returns true. */
  readonly next: Emitter<ChatEvents>['next']

  constructor(options: ChatOptions) {
    this.#session = new Session(options)
    this.on = this.#session.on.bind(this.#session)
    this.next = this.#session.next.bind(this.#session)
  }

  get state(): ConnectionState {
    return this.#session.connection.state
  }

  /** Undefined before the first session. */
  get user(): User | undefined {
    return this.#session.identity.user
  }

  get token(): string | undefined {
    return this.#session.identity.token
  }

  /** Number of commands without an acknowledgement; doubtful ones do not count. */
  get waiting(): number {
    return this.#session.outbox.count
  }

  /** Number of commands that could not be stored and are lost when this client is closed. */
  get unpersistedCount(): number {
    return this.#session.outbox.unpersistedCount
  }

  /** Connects and stays connected. Skips the wait for the next attempt. */
  connect(): void {
    this.#session.connection.open()
  }

  /** Disconnects and rejects all pending commands, which stay in the stored outbox for the next client. */
  close(): void {
    this.#session.connection.close()
    this.#session.abandon(unanswered('The client was closed before the command was acknowledged.'))
  }

  /** Reconnects over these transports; undefined: polling first, then an upgrade. */
  setTransports(transports?: Transport[]): void {
    this.#session.connection.setTransports(transports)
  }

  /** Resolves when the room is in sync. The room is joined again on every later connection. */
  join(room: string): Promise<void> {
    return this.#session.join(room)
  }

  /** Leaves a room and discards its pending commands. Also resolves when the room was not joined yet. */
  async leave(room: string): Promise<void> {
    const { rooms, outbox, typing, connected } = this.#session
    rooms.drop(room, unanswered(`The room ${room} was left.`))
    outbox.refuse(room, new Discarded())
    typing.set(room, false)
    if (!connected) return
    try {
      await this.#call('room:leave', { room })
    } catch (error) {
      if (asFault(error).code !== 'not_in_room') throw error
    }
  }

  /** Resolves when the message is in the room's log, however many reconnects that takes. Rejects only for good. */
  send(room: string, text: string, { replyTo }: { replyTo?: number } = {}): Promise<Entry> {
    const epoch = replyTo === undefined ? {} : { replyTo, ...this.#epoch(room) }
    return this.#session.outbox.post({ command: 'message:send', input: { room, text, clientId: newId(), ...epoch } })
  }

  edit(room: string, seq: number, text: string): Promise<Entry> {
    const input = { room, seq, text, clientId: newId(), ...this.#epoch(room) }
    return this.#session.outbox.post({ command: 'message:edit', input })
  }

  delete(room: string, seq: number): Promise<Entry> {
    const input = { room, seq, clientId: newId(), ...this.#epoch(room) }
    return this.#session.outbox.post({ command: 'message:delete', input })
  }

  react(room: string, seq: number, emoji: string, on = true): Promise<Entry> {
    const input = { room, seq, emoji, on, clientId: newId(), ...this.#epoch(room) }
    return this.#session.outbox.post({ command: 'message:react', input })
  }

  /** The doubtful commands of a room, then the pending ones in the order in which they will be sent. */
  pendingCommands(room: string): PendingCommand[] {
    return this.#session.outbox.pending(room)
  }

  /** Sends a doubtful command, which may then appear twice. */
  sendAnyway(clientId: string): void {
    this.#session.outbox.sendAnyway(clientId)
  }

  /**
   * Removes a pending command; its promise rejects with Discarded. If already tried, it may still have been appended.
   */
  discard(clientId: string): void {
    this.#session.outbox.discard(clientId)
  }

  history(room: string, range: Omit<Input<'history:read'>, 'room'> = {}): Promise<Output<'history:read'>> {
    return this.#call('history:read', { room, ...this.#epoch(room), ...range })
  }

  /** A page of members. For joined rooms, the `members` event reports them, too. */
  members(room: string, page: Omit<Input<'members:read'>, 'room'> = {}): Promise<Output<'members:read'>> {
    return this.#call('members:read', { room, ...page })
  }

  /** Call it on every keystroke; it is throttled. */
  typing(room: string, typing: boolean): void {
    this.#session.typing.set(room, typing)
  }

  /** Resolves when a node has applied it; without a connection, at once. Sent again on every later connection. */
  status(status: Status): Promise<void> {
    return this.#session.status.set(status)
  }

  async receipt(room: string, seq: number): Promise<void> {
    await this.#call('receipt:set', { room, seq, ...this.#epoch(room) })
  }

  /** Features of the connected node beyond the first version of the protocol. */
  get features(): ReadonlySet<string> {
    return this.#session.features
  }

  /**
   * A page of the list of rooms. With `order` or `query`, the event `rooms` reports later changes until the connection
   * ends. For a node without the feature `rooms`, both are ignored: it sorts by name and reports no changes.
   */
  async rooms({ order, query, ...page }: Input<'room:list'> = {}): Promise<Output<'room:list'>> {
    const more = this.features.has('rooms') && { ...(order && { order }), ...(query !== undefined && { query }) }
    const answer = await this.#call('room:list', { ...page, ...more })
    this.#session.roomList.add(answer.rooms)
    return answer
  }

  /** Resolves with the name of the direct room with `user`, to be joined. */
  async openDirect(user: string): Promise<string> {
    return (await this.#call('direct:open', { user })).room
  }

  /** `'looking'` while queued for a match, the room and the other user while matched, otherwise undefined. */
  get stranger(): 'looking' | { room: string; stranger: User } | undefined {
    return this.#session.search.state
  }

  /**
   * Queues for a match, also on later connections. `found` is emitted on a match, and its room is joined. Resolves when
   * a node has queued the user; without a connection, at once. While matched, emits `found` again: call `leaveStranger`
   * first to find another user.
   */
  findStranger(): Promise<void> {
    return this.#session.search.find()
  }

  /** Leaves the queue, or ends the match: its room is left, and its pending commands are rejected. */
  leaveStranger(): Promise<void> {
    return this.#session.search.leave()
  }

  stats(): Promise<Output<'stats:get'>> {
    return this.#call('stats:get', {})
  }

  ping(): Promise<Output<'ping'>> {
    return this.#call('ping', {})
  }

  get #call(): Request {
    return this.#session.connection.call
  }

  #epoch(room: string): { epoch?: string } {
    const epoch = this.#session.rooms.stream(room)?.epoch
    return epoch === undefined ? {} : { epoch }
  }
}
