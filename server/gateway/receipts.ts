import type { Payload } from '../../protocol/events.ts'

const BATCH_WINDOW_MS = 250

/**
 * Batches the read receipts of a room for BATCH_WINDOW_MS. Of several receipts of one user, the highest seq is sent.
 */
export class Receipts {
  readonly #rooms = new Map<string, Map<string, number>>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(private readonly send: (receipts: Payload<'receipts'>) => void) {}

  set(room: string, user: string, seq: number): void {
    const pending = this.#rooms.get(room) ?? this.#openWindow(room)
    pending.set(user, Math.max(seq, pending.get(user) ?? 0))
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#rooms.clear()
  }

  #openWindow(room: string): Map<string, number> {
    const pending = new Map<string, number>()
    this.#rooms.set(room, pending)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#rooms.delete(room)
      this.send({ room, receipts: [...pending].map(([user, seq]) => ({ user, seq })) })
    }, BATCH_WINDOW_MS)
    this.#timers.add(timer)
    return pending
  }
}
