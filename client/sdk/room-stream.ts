import type { CommandName, History, Input, Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { Payload } from '../../protocol/events.ts'
import { HISTORY_MAX_MESSAGES } from '../../protocol/limits.ts'
import type { Request } from './connection.ts'
import { asFault, type ChatFault } from './fault.ts'
import { retry } from './retry.ts'

export interface RoomListener {
  /** A node is asked, perhaps again: what comes of this room from here on builds on its answer. */
  joining(): void
  /** The node has let us in, and its page was handed over: commands for this room are welcome from here on. */
  joined(answer: Output<'room:join'>): void
  /** In seq order, without a hole, each once. */
  entries(entries: Entry[]): void
  /** What was handed over before is no longer the beginning of what comes next: forget it. */
  reset(): void
  /** The node will not let us in, and asking again will not help. */
  refused(fault: ChatFault): void
}

/**
 * The stream of one room, over any number of connections. Reconnecting is joining again: join with what one has, read
 * on up to the head, then hand over what came in the meantime; what one has already is dropped by its seq.
 */
export class RoomStream {
  readonly room: string
  epoch?: string
  /** The last seq handed over. */
  seq = 0
  /** In on this connection, and not on the way in again: until that is over, nobody knows what the node makes of us. */
  joined = false
  /** Resolves when caught up for the first time, rejects when refused before that. */
  readonly ready: Promise<void>
  readonly #call: Request
  readonly #listener: RoomListener
  /** Live entries that wait until catching up is over; undefined when it is. */
  #held?: Payload<'entries'>[]
  /** Counts joins, so that an answer to an abandoned one is known as such. */
  #turn = 0
  #settle!: { resolve(): void; reject(fault: ChatFault): void }

  constructor(room: string, request: Request, listener: RoomListener) {
    this.room = room
    this.#call = request
    this.#listener = listener
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.ready.catch(() => {})
  }

  /** Joins, or joins again; resolves when caught up, refused or abandoned. */
  async join(): Promise<void> {
    const turn = ++this.#turn
    this.joined = false
    this.#held = []
    this.#listener.joining()
    try {
      const known = this.epoch === undefined ? {} : { after: this.seq, epoch: this.epoch }
      const answer = await this.#ask(turn, 'room:join', { room: this.room, ...known })
      if (!answer) return
      this.joined = true
      this.#accept(answer)
      // Whoever read it may have had enough.
      if (turn !== this.#turn) return
      this.#listener.joined(answer)
      if (!(await this.#readOn(turn, answer))) return
    } catch (error) {
      const fault = asFault(error)
      this.end(fault)
      return this.#listener.refused(fault)
    }
    this.#release()
    this.#settle.resolve()
  }

  /** How far the log is known; undefined before the first join. */
  get position(): { epoch: string; head: number } | undefined {
    return this.epoch === undefined ? undefined : { epoch: this.epoch, head: this.seq }
  }

  /** An `entries` event. */
  take(payload: Payload<'entries'>): void {
    if (this.#held) {
      this.#held.push(payload)
      return
    }
    if (payload.epoch !== this.epoch) return void this.join()
    const fresh = payload.entries.filter((entry) => entry.seq > this.seq)
    const hole = fresh.findIndex((entry, i) => entry.seq !== this.seq + 1 + i)
    this.#handOver(hole < 0 ? fresh : fresh.slice(0, hole))
    if (hole >= 0) void this.join()
  }

  /** The connection is gone. */
  lost(): void {
    this.#turn++
    this.joined = false
    this.#held = []
  }

  /** Nobody wants it any longer, or a node refused it. */
  end(fault: ChatFault): void {
    this.lost()
    this.#settle.reject(fault)
  }

  /** Reads from the page's end to its head; false when abandoned. */
  async #readOn(turn: number, page: History): Promise<boolean> {
    let { more } = page
    while (more && this.seq < page.head) {
      const range = { room: this.room, after: this.seq, limit: HISTORY_MAX_MESSAGES }
      const next = await this.#ask(turn, 'history:read', range)
      if (!next) return false
      this.#accept(next)
      more = next.more && next.entries.length > 0
    }
    return true
  }

  #accept(page: History): void {
    const first = page.entries[0]?.seq ?? page.head + 1
    const goesOn = page.epoch === this.epoch && !page.truncated && first <= this.seq + 1
    if (!goesOn) {
      if (this.epoch !== undefined) this.#listener.reset()
      this.epoch = page.epoch
      this.seq = first - 1
    }
    this.#handOver(page.entries.filter((entry) => entry.seq > this.seq))
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const payload of held) this.take(payload)
  }

  #handOver(entries: Entry[]): void {
    const last = entries.at(-1)
    if (!last) return
    this.seq = last.seq
    this.#listener.entries(entries)
  }

  /** Undefined when abandoned. */
  #ask<C extends CommandName>(turn: number, command: C, input: Input<C>): Promise<Output<C> | undefined> {
    return retry(
      () => this.#call(command, input),
      () => turn === this.#turn,
    )
  }
}
