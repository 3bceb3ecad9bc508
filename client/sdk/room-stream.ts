import type { CommandName, History, Input, Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { Payload } from '../../protocol/events.ts'
import { HISTORY_MAX_MESSAGES } from '../../protocol/limits.ts'
import type { Request } from './connection.ts'
import { asFault, type ChatFault } from './fault.ts'
import { retry } from './retry.ts'

export interface RoomListener {
  /** room:join is about to be sent. Everything received from here on builds on its answer. */
  joining(): void
  /** Joined, and the first page was delivered: the node accepts commands for this room from here on. */
  joined(answer: Output<'room:join'>): void
  /** In seq order, without gaps, each entry exactly once. */
  entries(entries: Entry[]): void
  /** The entries delivered so far are void: what follows does not continue them. */
  reset(): void
  /** The node rejected the join for good. */
  refused(fault: ChatFault): void
}

/**
 * The entries of one room, across any number of connections. After a reconnect the room is joined again from the last
 * delivered seq, read up to the head, and then the live entries received in the meantime are delivered. Entries that
 * were delivered before are dropped by their seq.
 */
export class RoomStream {
  readonly room: string
  epoch?: string
  /** The last delivered seq. */
  seq = 0
  /** Joined on this connection. False while a join is pending, since its outcome is unknown. */
  joined = false
  /** Resolves when in sync for the first time; rejects when the join is rejected before that. */
  readonly ready: Promise<void>
  readonly #call: Request
  readonly #listener: RoomListener
  /** Live entries received while syncing; undefined when in sync. */
  #buffered?: Payload<'entries'>[]
  /** Incremented by every join and disconnect, to recognize answers to abandoned joins. */
  #generation = 0
  #settleReady!: { resolve(): void; reject(fault: ChatFault): void }

  constructor(room: string, request: Request, listener: RoomListener) {
    this.room = room
    this.#call = request
    this.#listener = listener
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject }
    })
    this.ready.catch(() => {})
  }

  /** Joins or rejoins. Resolves when in sync, rejected or abandoned. */
  async join(): Promise<void> {
    const generation = ++this.#generation
    this.joined = false
    this.#buffered = []
    this.#listener.joining()
    try {
      const known = this.epoch === undefined ? {} : { after: this.seq, epoch: this.epoch }
      const answer = await this.#request(generation, 'room:join', { room: this.room, ...known })
      if (!answer) return
      this.joined = true
      this.#accept(answer)
      // A listener may have left the room or joined it again.
      if (generation !== this.#generation) return
      this.#listener.joined(answer)
      if (!(await this.#readToHead(generation, answer))) return
    } catch (error) {
      const fault = asFault(error)
      this.end(fault)
      return this.#listener.refused(fault)
    }
    this.#flush()
    this.#settleReady.resolve()
  }

  /** How far the log is known; undefined before the first join. */
  get position(): { epoch: string; head: number } | undefined {
    return this.epoch === undefined ? undefined : { epoch: this.epoch, head: this.seq }
  }

  /** An `entries` event. */
  receive(payload: Payload<'entries'>): void {
    if (this.#buffered) {
      this.#buffered.push(payload)
      return
    }
    if (payload.epoch !== this.epoch) return void this.join()
    const unseen = payload.entries.filter((entry) => entry.seq > this.seq)
    const gap = unseen.findIndex((entry, i) => entry.seq !== this.seq + 1 + i)
    this.#deliver(gap < 0 ? unseen : unseen.slice(0, gap))
    if (gap >= 0) void this.join()
  }

  onDisconnected(): void {
    this.#generation++
    this.joined = false
    this.#buffered = []
  }

  /** Ends the stream: the room was left, or a node rejected it. */
  end(fault: ChatFault): void {
    this.onDisconnected()
    this.#settleReady.reject(fault)
  }

  /** Reads from the end of the page to its head. Resolves with false when abandoned. */
  async #readToHead(generation: number, page: History): Promise<boolean> {
    let { more } = page
    while (more && this.seq < page.head) {
      const range = { room: this.room, after: this.seq, limit: HISTORY_MAX_MESSAGES }
      const next = await this.#request(generation, 'history:read', range)
      if (!next) return false
      this.#accept(next)
      more = next.more && next.entries.length > 0
    }
    return true
  }

  #accept(page: History): void {
    const first = page.entries[0]?.seq ?? page.head + 1
    const continues = page.epoch === this.epoch && !page.truncated && first <= this.seq + 1
    if (!continues) {
      if (this.epoch !== undefined) this.#listener.reset()
      this.epoch = page.epoch
      this.seq = first - 1
    }
    this.#deliver(page.entries.filter((entry) => entry.seq > this.seq))
  }

  #flush(): void {
    const buffered = this.#buffered ?? []
    this.#buffered = undefined
    for (const payload of buffered) this.receive(payload)
  }

  #deliver(entries: Entry[]): void {
    const last = entries.at(-1)
    if (!last) return
    this.seq = last.seq
    this.#listener.entries(entries)
  }

  /** Retries while the fault is retryable. Resolves with undefined when abandoned. */
  #request<C extends CommandName>(generation: number, command: C, input: Input<C>): Promise<Output<C> | undefined> {
    return retry(
      () => this.#call(command, input),
      () => generation === this.#generation,
    )
  }
}
