import type { Payload } from '../../protocol/events.ts'
import type { Request } from './connection.ts'
import { ChatFault } from './fault.ts'
import { retry } from './retry.ts'

type Pair = Payload<'match:found'>

export interface MatchEvents {
  /** Matched, and the room is being joined. Emitted again when `findStranger` is called while matched. */
  found: Pair
  /** The match has ended: the other user left, this user left on another client, or it ended while disconnected. */
  ended: { room: string }
}

interface MatchDeps {
  call: Request
  join(room: string): Promise<void>
  /** Leaves the room locally and rejects its pending commands. */
  drop(room: string, fault: ChatFault): void
  emit<E extends keyof MatchEvents>(event: E, payload: MatchEvents[E]): void
}

/**
 * The search for a match. A node ends it with the connection, so it is repeated on every new one until a match is
 * found.
 */
export class MatchSearch {
  readonly #deps: MatchDeps
  #pair: Pair | undefined
  #looking = false
  #connected = false
  #generation = 0

  constructor(deps: MatchDeps) {
    this.#deps = deps
  }

  get state(): 'looking' | Pair | undefined {
    return this.#pair ?? (this.#looking ? 'looking' : undefined)
  }

  /**
   * Resolves when a node has queued the user. Without a connection, resolves at once; the search starts with the next
   * one.
   */
  find(): Promise<void> {
    this.#looking = true
    return this.#request('match:find')
  }

  /** Without a connection nothing is sent: the node ends the match because this client does not rejoin its room. */
  leave(): Promise<void> {
    const room = this.#pair?.room
    this.#looking = false
    this.#pair = undefined
    if (room !== undefined) this.#deps.drop(room, matchEnded(room))
    return this.#request('match:leave')
  }

  found(pair: Pair): void {
    // This match was made while the search was being cancelled: the node ends it next.
    if (!this.state) return
    if (this.#pair && this.#pair.room !== pair.room) this.ended(this.#pair)
    this.#pair = pair
    this.#looking = false
    this.#deps.emit('found', pair)
    this.#deps.join(pair.room).catch(() => {})
  }

  ended({ room }: { room: string }): void {
    // Also a match from before a reload, for whose room the outbox may have pending commands.
    this.#deps.drop(room, matchEnded(room))
    if (this.#pair?.room !== room) return
    this.#pair = undefined
    this.#deps.emit('ended', { room })
  }

  /** A node rejected the join of the match's room. */
  refused(room: string): void {
    if (this.#pair?.room === room) this.ended({ room })
  }

  /** The room of a match is joined again like any other, and rejected if the match has ended. */
  onConnected(): void {
    this.#connected = true
    if (this.#looking) this.#request('match:find').catch(() => {})
  }

  onDisconnected(): void {
    this.#connected = false
    this.#generation++
  }

  async #request(command: 'match:find' | 'match:leave'): Promise<void> {
    const generation = ++this.#generation
    await retry(
      () => this.#deps.call(command, {}),
      () => this.#connected && generation === this.#generation,
    )
  }
}

const matchEnded = (room: string) =>
  new ChatFault({ code: 'not_in_room', message: `The conversation in ${room} is over.`, retryable: false })
