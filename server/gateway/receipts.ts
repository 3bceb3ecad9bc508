import type { Payload } from '../../protocol/events.ts'

const GATHER_MS = 250

/** Gathers the receipts of a room for a moment; of one person, the last counts. */
export class Receipts {
  readonly #rooms = new Map<string, Map<string, number>>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(private readonly say: (receipts: Payload<'receipts'>) => void) {}

  set(room: string, user: string, seq: number): void {
    const waiting = this.#rooms.get(room) ?? this.#begin(room)
    waiting.set(user, Math.max(seq, waiting.get(user) ?? 0))
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#rooms.clear()
  }

  #begin(room: string): Map<string, number> {
    const waiting = new Map<string, number>()
    this.#rooms.set(room, waiting)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#rooms.delete(room)
      this.say({ room, receipts: [...waiting].map(([user, seq]) => ({ user, seq })) })
    }, GATHER_MS)
    this.#timers.add(timer)
    return waiting
  }
}
