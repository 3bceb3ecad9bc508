import type { Entry } from '../../protocol/entry.ts'
import { jitter } from './backoff.ts'
import { asFault, type ChatFault } from './fault.ts'
import type { PendingCommand } from './pending-command.ts'

/** A pending command and the promise that waits for its outcome; none if it was restored from storage. */
export interface QueuedCommand {
  pending: PendingCommand
  settle?: { resolve(entry: Entry): void; reject(fault: ChatFault): void }
}

interface RoomQueueOptions {
  /** Whether a node accepts commands for this room now. */
  isOpen(): boolean
  /** Rejects with a fault. After a retryable one it is called again, after the node's delay or with backoff. */
  send(queued: QueuedCommand): Promise<Entry | undefined>
  /** The command has been sent; `entry` is undefined when its outcome is unknown. */
  sent(queued: QueuedCommand, entry: Entry | undefined): void
  rejected(queued: QueuedCommand, fault: ChatFault): void
}

/** The pending commands of one room, sent one at a time to keep their order. */
export class RoomQueue {
  readonly queue: QueuedCommand[] = []
  readonly #options: RoomQueueOptions
  #inFlight = false
  #failures = 0
  #timer?: ReturnType<typeof setTimeout>

  constructor(options: RoomQueueOptions) {
    this.#options = options
  }

  /** Inserts by `writtenAt`, but never before the command in flight. */
  add(queued: QueuedCommand): void {
    const age = ({ pending }: QueuedCommand) => pending.writtenAt ?? 0
    const before = this.queue.findLastIndex((other, i) => age(other) <= age(queued) || (i === 0 && this.#inFlight))
    this.queue.splice(before + 1, 0, queued)
  }

  /** Returns false when the command was not in the queue. */
  remove(queued: QueuedCommand): boolean {
    const index = this.queue.indexOf(queued)
    if (index >= 0) this.queue.splice(index, 1)
    return index >= 0
  }

  /** Sends the next command immediately, ignoring the backoff. */
  wake(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    void this.next()
  }

  /** Empties the queue and returns its commands. */
  clear(): QueuedCommand[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.queue.splice(0)
  }

  async next(): Promise<void> {
    const [queued] = this.queue
    if (!queued || this.#inFlight || this.#timer || !this.#options.isOpen()) return
    this.#inFlight = true
    try {
      const entry = await this.#options.send(queued)
      this.#failures = 0
      this.#options.sent(queued, entry)
    } catch (error) {
      const fault = asFault(error)
      if (!fault.retryable) this.#options.rejected(queued, fault)
      else if (this.queue[0] === queued) return this.#retryLater(fault.retryInMs)
    } finally {
      this.#inFlight = false
    }
    return this.next()
  }

  #retryLater(ms = jitter(this.#failures)): void {
    this.#failures++
    this.#timer = setTimeout(() => this.wake(), ms)
  }
}
