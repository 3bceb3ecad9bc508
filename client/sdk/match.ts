import type { Payload } from '../../protocol/events.ts'
import type { Request } from './connection.ts'
import { ChatFault } from './fault.ts'
import { retry } from './retry.ts'

type Pair = Payload<'match:found'>

export interface StrangerEvents {
  /** You are a pair, and the room is being joined. Told again when one asks again. */
  found: Pair
  /** The pair is over, and the room left: by the other one, by oneself elsewhere, or while there was no connection. */
  ended: { room: string }
}

interface MatchDeps {
  call: Request
  join(room: string): Promise<void>
  /** What waits to be said there is refused. */
  drop(room: string, fault: ChatFault): void
  tell<E extends keyof StrangerEvents>(event: E, payload: StrangerEvents[E]): void
}

/** The wish for a stranger. A node forgets it with the connection, so it is said again on each until one is found. */
export class MatchSearch {
  readonly #house: MatchDeps
  #pair: Pair | undefined
  #looking = false
  #connected = false
  #turn = 0

  constructor(matchDeps: MatchDeps) {
    this.#house = matchDeps
  }

  get state(): 'looking' | Pair | undefined {
    return this.#pair ?? (this.#looking ? 'looking' : undefined)
  }

  /** Resolves when a node has it, or at once without a connection: then the next one begins with it. */
  find(): Promise<void> {
    this.#looking = true
    return this.#ask('match:find')
  }

  /** Without a connection a pair ends by itself, as nobody comes back to it. */
  leave(): Promise<void> {
    const room = this.#pair?.room
    this.#looking = false
    this.#pair = undefined
    if (room !== undefined) this.#house.drop(room, over(room))
    return this.#ask('match:leave')
  }

  found(pair: Pair): void {
    // Found while one was leaving: the node parts them next.
    if (!this.state) return
    if (this.#pair && this.#pair.room !== pair.room) this.ended(this.#pair)
    this.#pair = pair
    this.#looking = false
    this.#house.tell('found', pair)
    this.#house.join(pair.room).catch(() => {})
  }

  ended({ room }: { room: string }): void {
    // Also one that an earlier life left letters for.
    this.#house.drop(room, over(room))
    if (this.#pair?.room !== room) return
    this.#pair = undefined
    this.#house.tell('ended', { room })
  }

  /** Nobody lets us into the room any more. */
  refused(room: string): void {
    if (this.#pair?.room === room) this.ended({ room })
  }

  /** On a new connection: the room of a pair is joined again like any other, and refused when it is over. */
  begin(): void {
    this.#connected = true
    if (this.#looking) this.#ask('match:find').catch(() => {})
  }

  lost(): void {
    this.#connected = false
    this.#turn++
  }

  async #ask(command: 'match:find' | 'match:leave'): Promise<void> {
    const turn = ++this.#turn
    await retry(
      () => this.#house.call(command, {}),
      () => this.#connected && turn === this.#turn,
    )
  }
}

const over = (room: string) =>
  new ChatFault({ code: 'not_in_room', message: `The conversation in ${room} is over.`, retryable: false })
