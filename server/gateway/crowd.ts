import type { Socket as Session } from 'engine.io'

/** So many may be arriving at once, whatever the state of the node. */
const ALWAYS = 500
/** Beyond that, newcomers are let in only while the event loop is at most this late. */
const LATE_MS = 50
const SAMPLE_MS = 25

/**
 * Those who are on their way in: their session exists, they are not welcomed yet. In a storm a node takes as many as its
 * event loop can carry, and sends the others away for a moment, so that those who are in feel nothing.
 */
export class Crowd {
  readonly #arriving = new Set<Session>()
  /** Runs while somebody arrives: a node where nothing happens is not woken forty times a second. */
  #timer: NodeJS.Timeout | undefined
  #sampledAt = 0
  #lateMs = 0

  /** `now` in milliseconds, for tests. */
  constructor(private readonly now = () => performance.now()) {}

  arrives(session: Session): void {
    this.#arriving.add(session)
    if (this.#timer) return
    this.#sampledAt = this.now()
    this.#lateMs = 0
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  /** It is in, or it is gone. */
  remove(session: Session): void {
    this.#arriving.delete(session)
    if (this.#arriving.size === 0) this.close()
  }

  get full(): boolean {
    if (this.#arriving.size < ALWAYS) return false
    // A loop that is late has not sampled either.
    return Math.max(this.#lateMs, this.now() - this.#sampledAt - SAMPLE_MS) > LATE_MS
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** The worst of late, forgotten by half every 50 ms or so. */
  #sample(): void {
    const now = this.now()
    this.#lateMs = Math.max(now - this.#sampledAt - SAMPLE_MS, this.#lateMs * 0.7)
    this.#sampledAt = now
  }
}
