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

/** A connection to Hubbub that outlives connections: rooms are resumed, and what is said is said once. */
export class ChatClient {
  readonly #visit: Session
  /** Returns the function that takes the listener off again. */
  readonly on: Emitter<ChatEvents>['on']
  /** The next event of that name that `wanted` accepts. */
  readonly next: Emitter<ChatEvents>['next']

  constructor(options: ChatOptions) {
    this.#visit = new Session(options)
    this.on = this.#visit.on.bind(this.#visit)
    this.next = this.#visit.next.bind(this.#visit)
  }

  get state(): ConnectionState {
    return this.#visit.connection.state
  }

  /** Known from the first session on. */
  get user(): User | undefined {
    return this.#visit.identity.user
  }

  get token(): string | undefined {
    return this.#visit.identity.token
  }

  /** How many letters wait for their acknowledgement; those that rest do not count. */
  get waiting(): number {
    return this.#visit.outbox.count
  }

  /** How many letters end with this client, because their store could not keep them. */
  get unpersistedCount(): number {
    return this.#visit.outbox.unpersistedCount
  }

  /** Connects and stays connected; while waiting for the next attempt, tries at once. */
  connect(): void {
    this.#visit.connection.open()
  }

  /** What waits to be said is given up; a store keeps it for the next client. */
  close(): void {
    this.#visit.connection.close()
    this.#visit.giveUp(unanswered('The client was closed before this was acknowledged.'))
  }

  /** Reconnects over these transports; without any, over both. */
  setTransports(transports?: Transport[]): void {
    this.#visit.connection.setTransports(transports)
  }

  /** Resolves when the room is caught up; stays joined over every later connection. */
  join(room: string): Promise<void> {
    return this.#visit.join(room)
  }

  /** What waits to be said there is discarded. Resolves as well when no node has let us in yet. */
  async leave(room: string): Promise<void> {
    const { rooms, outbox, typing, connected } = this.#visit
    rooms.drop(room, unanswered(`${room} was left.`))
    outbox.refuse(room, new Discarded())
    typing.set(room, false)
    if (!connected) return
    try {
      await this.#call('room:leave', { room })
    } catch (error) {
      if (asFault(error).code !== 'not_in_room') throw error
    }
  }

  /** The promise settles when the room's log has it, however many connections that takes. */
  send(room: string, text: string, { replyTo }: { replyTo?: number } = {}): Promise<Entry> {
    const epoch = replyTo === undefined ? {} : { replyTo, ...this.#epoch(room) }
    return this.#visit.outbox.post({ command: 'message:send', input: { room, text, clientId: newId(), ...epoch } })
  }

  edit(room: string, seq: number, text: string): Promise<Entry> {
    const input = { room, seq, text, clientId: newId(), ...this.#epoch(room) }
    return this.#visit.outbox.post({ command: 'message:edit', input })
  }

  delete(room: string, seq: number): Promise<Entry> {
    const input = { room, seq, clientId: newId(), ...this.#epoch(room) }
    return this.#visit.outbox.post({ command: 'message:delete', input })
  }

  react(room: string, seq: number, emoji: string, on = true): Promise<Entry> {
    const input = { room, seq, emoji, on, clientId: newId(), ...this.#epoch(room) }
    return this.#visit.outbox.post({ command: 'message:react', input })
  }

  /** What waits to be said in a room, in order, behind what may have been said and rests (`doubtful`). */
  pendingCommands(room: string): PendingCommand[] {
    return this.#visit.outbox.pending(room)
  }

  /** Says a letter that rests, though it may have been said before. */
  sendAnyway(clientId: string): void {
    this.#visit.outbox.sendAnyway(clientId)
  }

  /** Takes a letter back, so far as it was not said already; its promise rejects with a Discarded. */
  discard(clientId: string): void {
    this.#visit.outbox.discard(clientId)
  }

  history(room: string, range: Omit<Input<'history:read'>, 'room'> = {}): Promise<Output<'history:read'>> {
    return this.#call('history:read', { room, ...this.#epoch(room), ...range })
  }

  /** A page of members; the members of joined rooms are told by the `members` event as well. */
  members(room: string, page: Omit<Input<'members:read'>, 'room'> = {}): Promise<Output<'members:read'>> {
    return this.#call('members:read', { room, ...page })
  }

  /** Call it with every keystroke: it is thinned out here. */
  typing(room: string, typing: boolean): void {
    this.#visit.typing.set(room, typing)
  }

  /** Holds on later connections as well. Resolves when a node has it; without a connection, at once. */
  status(status: Status): Promise<void> {
    return this.#visit.status.set(status)
  }

  async receipt(room: string, seq: number): Promise<void> {
    await this.#call('receipt:set', { room, seq, ...this.#epoch(room) })
  }

  /** What the node that we are connected to offers beyond the first form of the wire. */
  get features(): ReadonlySet<string> {
    return this.#visit.features
  }

  /**
   * A page of the list of rooms. With `order` or `query`, the event `rooms` tells what changes in it from then on, until
   * the connection ends; a node without the feature `rooms` lists by name, and tells nothing.
   */
  async rooms({ order, query, ...page }: Input<'room:list'> = {}): Promise<Output<'room:list'>> {
    const more = this.features.has('rooms') && { ...(order && { order }), ...(query !== undefined && { query }) }
    const answer = await this.#call('room:list', { ...page, ...more })
    this.#visit.roomList.note(answer.rooms)
    return answer
  }

  /** The name of the room of oneself and `user`; join it to talk. */
  async openDirect(user: string): Promise<string> {
    return (await this.#call('direct:open', { user })).room
  }

  /** Looking for a stranger, talking to one (the room and who), or neither. */
  get stranger(): 'looking' | { room: string; stranger: User } | undefined {
    return this.#visit.search.state
  }

  /**
   * Waits in line, over later connections too; `found` tells when there is one, and the room is joined. Resolves when a
   * node has it; without a connection, at once. Whoever has a stranger already keeps them: leave first.
   */
  findStranger(): Promise<void> {
    return this.#visit.search.find()
  }

  /** Waits no more, or ends the conversation: its room is left, and what waits to be said there discarded. */
  leaveStranger(): Promise<void> {
    return this.#visit.search.leave()
  }

  stats(): Promise<Output<'stats:get'>> {
    return this.#call('stats:get', {})
  }

  ping(): Promise<Output<'ping'>> {
    return this.#call('ping', {})
  }

  get #call(): Request {
    return this.#visit.connection.call
  }

  #epoch(room: string): { epoch?: string } {
    const epoch = this.#visit.rooms.stream(room)?.epoch
    return epoch === undefined ? {} : { epoch }
  }
}
