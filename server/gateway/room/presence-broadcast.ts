import type { Payload } from '../../../protocol/events.ts'
import type { Io } from '../socket.ts'
import { gatherAmong } from './presence.ts'

/** So many are told at once. */
const AT_ONCE = 1_000
const EVERY_MS = 100
/** A round is over before the next one is due. */
const SHARE = 0.8

/**
 * Tells those whose stream runs who is in a room. Thousands are told one after the other, in the time until they are
 * told again: nobody would gain by one go, which would hold up all that is urgent on the node.
 */
export class PresenceBroadcast {
  #round: { left: string[]; presence: Payload<'presence'>; timer: NodeJS.Timeout } | undefined

  constructor(
    private readonly io: Io,
    /** Socket.IO's room of them. */
    private readonly stream: string,
  ) {}

  send(presence: Payload<'presence'>): void {
    this.#finish()
    const { size } = this.#here
    if (size <= AT_ONCE) {
      this.io.local.to(this.stream).emit('presence', presence)
      return
    }
    const atATime = Math.ceil((size * EVERY_MS) / (gatherAmong(size) * SHARE))
    const timer = setInterval(() => this.#say(atATime), EVERY_MS)
    this.#round = { left: [...this.#here], presence, timer }
  }

  close(): void {
    clearInterval(this.#round?.timer)
    this.#round = undefined
  }

  /** Nobody is left out, even if the next round comes early. */
  #finish(): void {
    this.#say(Number.POSITIVE_INFINITY)
  }

  #say(most: number): void {
    if (!this.#round) return
    const { left, presence } = this.#round
    const here = this.#here
    const next = left.splice(0, most).filter((id) => here.has(id))
    // Each socket has a room of its own, by its id.
    if (next.length > 0) this.io.local.to(next).emit('presence', presence)
    if (left.length === 0) this.close()
  }

  get #here(): ReadonlySet<string> {
    return this.io.of('/').adapter.rooms.get(this.stream) ?? new Set()
  }
}
