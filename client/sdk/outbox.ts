import type { Entry } from '../../protocol/entry.ts'
import { type ChatFault, Discarded } from './fault.ts'
import { OutboxStorage } from './outbox-storage.ts'
import type { OutboxStore, PendingCommand } from './pending-command.ts'
import { type QueuedCommand, RoomQueue } from './room-queue.ts'
import { type SendDeps, sendPending } from './send.ts'

/** The outcome of a command: its entry, or the fault that rejected it. */
export type Settled = {
  pending: PendingCommand
  /** Restored from storage, so that no promise of this client waits for it. */
  restored: boolean
} & ({ entry: Entry; fault?: undefined } | { fault: ChatFault; entry?: undefined })

interface OutboxOptions extends Omit<SendDeps, 'update'> {
  /** Whether a node accepts commands for this room now. */
  isOpen(room: string): boolean
  /** The pending or doubtful commands of a room have changed. */
  changed(room: string): void
  settled(outcome: Settled): void
  /** Commands for these rooms were restored from storage. */
  restored(rooms: string[]): void
  store?: OutboxStore
}

/**
 * Sends each command exactly once, in order per room: a command is retried with the same clientId until it is
 * acknowledged. When it can no longer be determined whether a command was appended, it becomes doubtful: later commands
 * overtake it, and the user decides to send or discard it.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #roomQueues = new Map<string, RoomQueue>()
  readonly #doubtful = new Set<QueuedCommand>()
  readonly #storage: OutboxStorage
  #user?: string
  #writtenAt = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#storage = new OutboxStorage(options.store)
    this.#storage.watch((pendingCommands) => {
      if (this.#user !== undefined) this.#restore(pendingCommands)
    })
  }

  /** Number of commands without an acknowledgement; doubtful ones do not count. */
  get count(): number {
    return [...this.#roomQueues.values()].reduce((sum, { queue }) => sum + queue.length, 0)
  }

  /** Number of commands that could not be stored and are lost when this client is closed. */
  get unpersistedCount(): number {
    return this.#storage.unpersistedCount
  }

  /** The doubtful commands of a room, then the others in the order in which they will be sent. */
  pending(room: string): PendingCommand[] {
    const doubtful = [...this.#doubtful].filter(({ pending }) => pending.input.room === room)
    return [...doubtful, ...(this.#roomQueues.get(room)?.queue ?? [])].map(({ pending }) => pending)
  }

  post(command: PendingCommand): Promise<Entry> {
    // Strictly increasing, so that a store can restore the order.
    this.#writtenAt = Math.max(Date.now(), this.#writtenAt + 1)
    const pending: PendingCommand = { ...command, by: this.#user, writtenAt: this.#writtenAt }
    this.#storage.put(pending)
    return new Promise((resolve, reject) => {
      const roomQueue = this.#enqueue({ pending, settle: { resolve, reject } })
      this.#options.changed(pending.input.room)
      void roomQueue.next()
    })
  }

  /**
   * Call this with each session: commands without an author get this one, and the user's stored commands are restored.
   */
  setUser(user: string): void {
    if (user === this.#user) return
    this.#user = user
    for (const queued of this.#all()) {
      if (queued.pending.by === undefined) this.#update(queued, { ...queued.pending, by: user })
    }
    this.#restore(this.#storage.all())
  }

  /**
   * Call this when a node may accept commands for the room again (default: all rooms): sends without waiting for
   * backoff.
   */
  resume(room?: string): void {
    for (const [name, roomQueue] of this.#roomQueues) if (room === undefined || room === name) roomQueue.wake()
  }

  /** Sends a doubtful command, which may then appear twice. */
  sendAnyway(clientId: string): void {
    const queued = [...this.#doubtful].find(({ pending }) => pending.input.clientId === clientId)
    if (!queued) return
    const { doubtful: _, tried: __, ...pending } = queued.pending
    this.#update(queued, pending)
    this.#doubtful.delete(queued)
    const roomQueue = this.#enqueue(queued)
    this.#options.changed(pending.input.room)
    void roomQueue.next()
  }

  /** Removes a command. If it was already tried, it may still have been appended. */
  discard(clientId: string): void {
    const queued = this.#all().find(({ pending }) => pending.input.clientId === clientId)
    if (queued) this.#rejected(queued, new Discarded())
  }

  /** Rejects all commands of a room, because no node accepts them any more. */
  refuse(room: string, fault: ChatFault): void {
    for (const queued of this.#all()) if (queued.pending.input.room === room) this.#rejected(queued, fault)
  }

  /** Rejects all commands, but leaves them in the store for the next client. */
  abandon(fault: ChatFault): void {
    const all = this.#all()
    for (const roomQueue of this.#roomQueues.values()) roomQueue.clear()
    this.#roomQueues.clear()
    this.#doubtful.clear()
    this.#storage.reset()
    this.#user = undefined
    for (const { settle } of all) settle?.reject(fault)
    for (const room of new Set(all.map(({ pending }) => pending.input.room))) this.#options.changed(room)
  }

  #all(): QueuedCommand[] {
    return [...this.#doubtful, ...[...this.#roomQueues.values()].flatMap(({ queue }) => queue)]
  }

  #restore(stored: PendingCommand[]): void {
    const known = new Set(this.#all().map(({ pending }) => pending.input.clientId))
    const restored = stored.filter(({ by = this.#user, input }) => by === this.#user && !known.has(input.clientId))
    for (const found of restored) {
      const queued = { pending: { ...found, by: this.#user } }
      if (found.doubtful) this.#doubtful.add(queued)
      else this.#enqueue(queued)
    }
    const rooms = [...new Set(restored.map(({ input }) => input.room))]
    for (const room of rooms) this.#options.changed(room)
    if (rooms.length > 0) this.#options.restored(rooms)
  }

  #enqueue(queuedCommand: QueuedCommand): RoomQueue {
    const { room } = queuedCommand.pending.input
    const roomQueue = this.#roomQueues.get(room) ?? this.#newRoomQueue(room)
    this.#roomQueues.set(room, roomQueue)
    roomQueue.add(queuedCommand)
    return roomQueue
  }

  #newRoomQueue(room: string): RoomQueue {
    const { call, position, dedupeMs, isOpen } = this.#options
    return new RoomQueue({
      isOpen: () => isOpen(room),
      send: (queued) =>
        sendPending(queued.pending, {
          call,
          position,
          dedupeMs,
          update: (pendingCommand) => this.#update(queued, pendingCommand),
        }),
      sent: (queued, entry) => (entry ? this.#acknowledged(queued, entry) : this.#markDoubtful(queued)),
      rejected: (queued, fault) => this.#rejected(queued, fault),
    })
  }

  #acknowledged(queued: QueuedCommand, entry: Entry): void {
    if (!this.#remove(queued)) return
    queued.settle?.resolve(entry)
    this.#options.settled({ pending: queued.pending, restored: !queued.settle, entry })
  }

  #rejected(queued: QueuedCommand, fault: ChatFault): void {
    if (!this.#remove(queued)) return
    queued.settle?.reject(fault)
    this.#options.settled({ pending: queued.pending, restored: !queued.settle, fault })
  }

  /** Removes a command. Returns false when it was already settled. */
  #remove(queued: QueuedCommand): boolean {
    const { room } = queued.pending.input
    // Also when it was abandoned or discarded while in flight: it is settled now.
    this.#storage.drop(queued.pending)
    const removed = this.#doubtful.delete(queued) || (this.#roomQueues.get(room)?.remove(queued) ?? false)
    if (removed) this.#options.changed(room)
    return removed
  }

  #markDoubtful(queued: QueuedCommand): void {
    const { room } = queued.pending.input
    if (!this.#roomQueues.get(room)?.remove(queued)) return
    this.#doubtful.add(queued)
    this.#update(queued, { ...queued.pending, doubtful: true })
    this.#options.changed(room)
  }

  #update(queued: QueuedCommand, pending: PendingCommand): void {
    if (!this.#has(queued)) return
    queued.pending = pending
    this.#storage.put(pending)
  }

  #has(queued: QueuedCommand): boolean {
    return (
      this.#doubtful.has(queued) || (this.#roomQueues.get(queued.pending.input.room)?.queue.includes(queued) ?? false)
    )
  }
}
