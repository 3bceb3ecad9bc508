import type { Socket as Session } from 'engine.io'

/** Number of concurrently arriving sessions that are admitted regardless of the event-loop lag. */
const ARRIVALS_ALWAYS_ADMITTED = 500
/** Beyond that number, sessions are admitted only while the event-loop lag is at most this. */
const LAG_MAX_MS = 50
const SAMPLE_MS = 25

interface Arrival {
  address: string
  /** Whether the session waits for a CONNECT. */
  isHalfOpen: boolean
}

/**
 * Admission control for new sessions. A session is arriving from its handshake until its CONNECT is accepted. In a
 * reconnect storm a node admits as many as its event loop sustains and rejects the others with a retry delay, so that
 * established connections are not affected.
 *
 * When the node is full, places are shared between client addresses: an address with fewer arrivals takes the place of
 * the oldest half-open session of the address that has the most. Handshakes that are left open therefore never use up
 * the admission of other addresses.
 */
export class AdmissionControl {
  readonly #arrivals = new Map<Session, Arrival>()
  /** Sessions that wait for a CONNECT, by address, oldest first. */
  readonly #halfOpen = new Map<string, Set<Session>>()
  readonly #counts = new Map<string, number>()
  /** Runs only while sessions are arriving, so that an idle node does not wake up 40 times per second. */
  #timer: NodeJS.Timeout | undefined
  #sampledAt = 0
  #lagMs = 0

  /**
   * `evict` closes a half-open session whose place another address takes. `now`, in milliseconds, is replaced by tests.
   */
  constructor(
    private readonly evict: (session: Session) => void,
    private readonly now = () => performance.now(),
  ) {}

  /**
   * Whether a new session of this address is admitted. Evicts a session of another address when that has more arrivals.
   */
  admits(address: string): boolean {
    if (!this.#isFull) return true
    const crowded = this.#mostHalfOpen()
    // After the exchange this address must not have more arrivals than the other one, or the two would evict each
    // other.
    if (!crowded || this.#count(address) + 1 >= this.#count(crowded)) return false
    const [oldest] = this.#halfOpen.get(crowded)!
    this.remove(oldest!)
    this.evict(oldest!)
    return true
  }

  arrive(session: Session, address: string): void {
    this.#arrivals.set(session, { address, isHalfOpen: false })
    this.#counts.set(address, this.#count(address) + 1)
    this.halfOpen(session)
    if (this.#timer) return
    this.#sampledAt = this.now()
    this.#lagMs = 0
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  /** The session waits for a CONNECT: it is new, or its last CONNECT was rejected. */
  halfOpen(session: Session): void {
    const arrival = this.#arrivals.get(session)
    if (!arrival || arrival.isHalfOpen) return
    arrival.isHalfOpen = true
    this.#halfOpen.set(arrival.address, (this.#halfOpen.get(arrival.address) ?? new Set()).add(session))
  }

  /** The client has sent CONNECT: the session is not evicted while that is processed. */
  connect(session: Session): void {
    const arrival = this.#arrivals.get(session)
    if (!arrival?.isHalfOpen) return
    arrival.isHalfOpen = false
    const sessions = this.#halfOpen.get(arrival.address)!
    sessions.delete(session)
    if (sessions.size === 0) this.#halfOpen.delete(arrival.address)
  }

  /** The CONNECT was accepted, or the session is closed. */
  remove(session: Session): void {
    const arrival = this.#arrivals.get(session)
    if (!arrival) return
    this.connect(session)
    this.#arrivals.delete(session)
    const left = this.#count(arrival.address) - 1
    if (left > 0) this.#counts.set(arrival.address, left)
    else this.#counts.delete(arrival.address)
    if (this.#arrivals.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  get #isFull(): boolean {
    if (this.#arrivals.size < ARRIVALS_ALWAYS_ADMITTED) return false
    // A blocked event loop has not sampled its lag yet.
    return Math.max(this.#lagMs, this.now() - this.#sampledAt - SAMPLE_MS) > LAG_MAX_MS
  }

  #count(address: string): number {
    return this.#counts.get(address) ?? 0
  }

  /** The address with the most half-open sessions. */
  #mostHalfOpen(): string | undefined {
    let [max, found]: [number, string | undefined] = [0, undefined]
    for (const [address, { size }] of this.#halfOpen) if (size > max) [max, found] = [size, address]
    return found
  }

  /** Peak event-loop lag, decaying with a half-life of about 50 ms. */
  #sample(): void {
    const now = this.now()
    this.#lagMs = Math.max(now - this.#sampledAt - SAMPLE_MS, this.#lagMs * 0.7)
    this.#sampledAt = now
  }
}
