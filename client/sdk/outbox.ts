import type { Entry } from '../../protocol/entry.ts'
import { type ChatFault, Discarded } from './fault.ts'
import { OutboxStorage } from './outbox-storage.ts'
import type { OutboxStore, PendingCommand } from './pending-command.ts'
import { type QueuedCommand, RoomQueue } from './room-queue.ts'
import { type SendDeps, sendPending } from './send.ts'

/** The end of a pending command: what it became, or why it became nothing. */
export type Settled = {
  pending: PendingCommand
  /** Written by an earlier life, so that no promise waits for it. */
  restored: boolean
} & ({ entry: Entry; fault?: undefined } | { fault: ChatFault; entry?: undefined })

interface OutboxOptions extends Omit<SendDeps, 'note'> {
  /** Whether a node will listen to letters for this room now. */
  open(room: string): boolean
  /** What waits, or rests, in a room is different now. */
  changed(room: string): void
  settled(end: Settled): void
  /** An earlier life left letters for these rooms. */
  restored(rooms: string[]): void
  store?: OutboxStore
}

/**
 * Says everything once: a pending command is sent again, with the same clientId, until its answer comes, in order per room. What
 * may have been sent and cannot be looked up any more rests, and lets the others pass, until a person decides.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #roomQueues = new Map<string, RoomQueue>()
  readonly #resting = new Set<QueuedCommand>()
  readonly #kept: OutboxStorage
  #user?: string
  #writtenAt = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#kept = new OutboxStorage(options.store)
    this.#kept.watch((pendingCommands) => {
      if (this.#user !== undefined) this.#restore(pendingCommands)
    })
  }

  /** How many letters wait for their acknowledgement. */
  get count(): number {
    return [...this.#roomQueues.values()].reduce((sum, { queue }) => sum + queue.length, 0)
  }

  /** How many letters a store could not keep: they end with this client. */
  get unpersistedCount(): number {
    return this.#kept.unpersistedCount
  }

  /** What rests in a room, then what waits, in the order in which it will be said. */
  pending(room: string): PendingCommand[] {
    const resting = [...this.#resting].filter(({ pending }) => pending.input.room === room)
    return [...resting, ...(this.#roomQueues.get(room)?.queue ?? [])].map(({ pending }) => pending)
  }

  post(written: PendingCommand): Promise<Entry> {
    // Strictly growing, so that a store can keep the order.
    this.#writtenAt = Math.max(Date.now(), this.#writtenAt + 1)
    const pending: PendingCommand = { ...written, by: this.#user, writtenAt: this.#writtenAt }
    this.#kept.put(pending)
    return new Promise((resolve, reject) => {
      const roomQueue = this.#enqueue({ pending, settle: { resolve, reject } })
      this.#options.changed(pending.input.room)
      void roomQueue.next()
    })
  }

  /** With each session: whose letters these are, and what this user's earlier life left. */
  begin(user: string): void {
    if (user === this.#user) return
    this.#user = user
    for (const posted of this.#posted()) {
      if (posted.pending.by === undefined) this.#note(posted, { ...posted.pending, by: user })
    }
    this.#restore(this.#kept.all())
  }

  /** Call this when a room, or without one all of them, may have opened: what waits there goes on at once. */
  resume(room?: string): void {
    for (const [name, lane] of this.#roomQueues) if (room === undefined || room === name) lane.wake()
  }

  /** Says again what may have been sent: whoever reads it may then read it twice. */
  sendAnyway(clientId: string): void {
    const posted = [...this.#resting].find(({ pending }) => pending.input.clientId === clientId)
    if (!posted) return
    const { doubtful: _, tried: __, ...pending } = posted.pending
    this.#note(posted, pending)
    this.#resting.delete(posted)
    const lane = this.#enqueue(posted)
    this.#options.changed(pending.input.room)
    void lane.next()
  }

  /** Tries no further. What was tried before may still have been sent. */
  discard(clientId: string): void {
    const posted = this.#posted().find(({ pending }) => pending.input.clientId === clientId)
    if (posted) this.#refused(posted, new Discarded())
  }

  /** Nobody will listen to this room's letters any more. */
  refuse(room: string, fault: ChatFault): void {
    for (const posted of this.#posted()) if (posted.pending.input.room === room) this.#refused(posted, fault)
  }

  /** Gives up on everything that waits here; a store keeps its letters for the next life. */
  abandon(fault: ChatFault): void {
    const all = this.#posted()
    for (const lane of this.#roomQueues.values()) lane.clear()
    this.#roomQueues.clear()
    this.#resting.clear()
    this.#kept.leave()
    this.#user = undefined
    for (const { settle } of all) settle?.reject(fault)
    for (const room of new Set(all.map(({ pending }) => pending.input.room))) this.#options.changed(room)
  }

  #posted(): QueuedCommand[] {
    return [...this.#resting, ...[...this.#roomQueues.values()].flatMap(({ queue }) => queue)]
  }

  #restore(letters: PendingCommand[]): void {
    const here = new Set(this.#posted().map(({ pending }) => pending.input.clientId))
    const ours = letters.filter(({ by = this.#user, input }) => by === this.#user && !here.has(input.clientId))
    for (const found of ours) {
      const posted = { pending: { ...found, by: this.#user } }
      if (found.doubtful) this.#resting.add(posted)
      else this.#enqueue(posted)
    }
    const rooms = [...new Set(ours.map(({ input }) => input.room))]
    for (const room of rooms) this.#options.changed(room)
    if (rooms.length > 0) this.#options.restored(rooms)
  }

  #enqueue(queuedCommand: QueuedCommand): RoomQueue {
    const { room } = queuedCommand.pending.input
    const lane = this.#roomQueues.get(room) ?? this.#newLane(room)
    this.#roomQueues.set(room, lane)
    lane.add(queuedCommand)
    return lane
  }

  #newLane(room: string): RoomQueue {
    const { call, position, dedupeMs, open } = this.#options
    return new RoomQueue({
      open: () => open(room),
      deliver: (posted) =>
        sendPending(posted.pending, {
          call,
          position,
          dedupeMs,
          note: (pendingCommand) => this.#note(posted, pendingCommand),
        }),
      delivered: (posted, entry) => (entry ? this.#said(posted, entry) : this.#rest(posted)),
      refused: (posted, fault) => this.#refused(posted, fault),
    })
  }

  #said(posted: QueuedCommand, entry: Entry): void {
    if (!this.#end(posted)) return
    posted.settle?.resolve(entry)
    this.#options.settled({ pending: posted.pending, restored: !posted.settle, entry })
  }

  #refused(posted: QueuedCommand, fault: ChatFault): void {
    if (!this.#end(posted)) return
    posted.settle?.reject(fault)
    this.#options.settled({ pending: posted.pending, restored: !posted.settle, fault })
  }

  /** False when it was at its end before. */
  #end(posted: QueuedCommand): boolean {
    const { room } = posted.pending.input
    // Also what was abandoned or discarded while it was under way.
    this.#kept.drop(posted.pending)
    const wasHere = this.#resting.delete(posted) || (this.#roomQueues.get(room)?.remove(posted) ?? false)
    if (wasHere) this.#options.changed(room)
    return wasHere
  }

  #rest(posted: QueuedCommand): void {
    const { room } = posted.pending.input
    if (!this.#roomQueues.get(room)?.remove(posted)) return
    this.#resting.add(posted)
    this.#note(posted, { ...posted.pending, doubtful: true })
    this.#options.changed(room)
  }

  #note(posted: QueuedCommand, pending: PendingCommand): void {
    if (!this.#isHere(posted)) return
    posted.pending = pending
    this.#kept.put(pending)
  }

  #isHere(posted: QueuedCommand): boolean {
    return (
      this.#resting.has(posted) || (this.#roomQueues.get(posted.pending.input.room)?.queue.includes(posted) ?? false)
    )
  }
}
