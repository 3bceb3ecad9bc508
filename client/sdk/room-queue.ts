import type { Entry } from '../../protocol/entry.ts'
import { jitter } from './backoff.ts'
import { asFault, type ChatFault } from './fault.ts'
import type { PendingCommand } from './pending-command.ts'

/** A pending command, and who waits for what becomes of it: nobody, when an earlier life wrote it. */
export interface QueuedCommand {
  pending: PendingCommand
  settle?: { resolve(entry: Entry): void; reject(fault: ChatFault): void }
}

interface RoomQueueOptions {
  /** Whether a node will listen to letters for this room now. */
  open(): boolean
  /** Rejects with a fault; after a retryable one it is called again, when the lane's back-off or the node says so. */
  deliver(queuedCommand: QueuedCommand): Promise<Entry | undefined>
  /** It was in the queue, and is no longer. */
  delivered(posted: QueuedCommand, entry: Entry | undefined): void
  refused(posted: QueuedCommand, fault: ChatFault): void
}

/** What is to be said in one room: each pending command waits for the end of the one before, which keeps them in order. */
export class RoomQueue {
  readonly queue: QueuedCommand[] = []
  readonly #options: RoomQueueOptions
  #busy = false
  #failures = 0
  #timer?: ReturnType<typeof setTimeout>

  constructor(options: RoomQueueOptions) {
    this.#options = options
  }

  /** In the order of writing, but for the one that is under way. */
  add(posted: QueuedCommand): void {
    const age = ({ pending }: QueuedCommand) => pending.writtenAt ?? 0
    const before = this.queue.findLastIndex((other, i) => age(other) <= age(posted) || (i === 0 && this.#busy))
    this.queue.splice(before + 1, 0, posted)
  }

  /** Takes it out of the queue; false when it was not there. */
  remove(posted: QueuedCommand): boolean {
    const place = this.queue.indexOf(posted)
    if (place >= 0) this.queue.splice(place, 1)
    return place >= 0
  }

  /** Goes on at once, whatever the back-off. */
  wake(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    void this.next()
  }

  /** Empties the queue. */
  clear(): QueuedCommand[] {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.queue.splice(0)
  }

  async next(): Promise<void> {
    const [posted] = this.queue
    if (!posted || this.#busy || this.#timer || !this.#options.open()) return
    this.#busy = true
    try {
      const entry = await this.#options.deliver(posted)
      this.#failures = 0
      this.#options.delivered(posted, entry)
    } catch (error) {
      const fault = asFault(error)
      if (!fault.retryable) this.#options.refused(posted, fault)
      else if (this.queue[0] === posted) return this.#later(fault.retryInMs)
    } finally {
      this.#busy = false
    }
    return this.next()
  }

  #later(ms = jitter(this.#failures)): void {
    this.#failures++
    this.#timer = setTimeout(() => this.wake(), ms)
  }
}
