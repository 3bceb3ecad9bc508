import type { Socket as Session } from 'engine.io'

/** Sessions that may be on their way in at once, whatever the state of the node. */
const ALWAYS = 500
/** Beyond that, newcomers are admitted only while the event loop lags by at most this much. */
const LAG_MAX_MS = 50
const SAMPLE_MS = 25

interface Arrival {
  address: string
  /** It waits for a CONNECT. */
  isHalfOpen: boolean
}

/**
 * Admission of new sessions. A session is arriving from its handshake until it is welcomed; in a reconnect storm a node
 * takes as many as its event loop carries and refuses the others for a moment, so that those who are in do not feel it.
 *
 * When it is full, the places are shared between client addresses: an address with fewer arrivals takes the place of the
 * oldest half-open session of the address that has the most of them. So handshakes that are left open never use up the
 * admission of other addresses.
 */
export class AdmissionControl {
  readonly #arrivals = new Map<Session, Arrival>()
  /** Sessions that wait for a CONNECT, by address, the oldest first. */
  readonly #halfOpen = new Map<string, Set<Session>>()
  readonly #counts = new Map<string, number>()
  /** Runs while sessions are arriving, so that an idle node is not woken forty times a second. */
  #timer: NodeJS.Timeout | undefined
  #sampledAt = 0
  #lagMs = 0

  /** `evict` ends a half-open session whose place another address takes. `now` in milliseconds, for tests. */
  constructor(
    private readonly evict: (session: Session) => void,
    private readonly now = () => performance.now(),
  ) {}

  /** Whether a newcomer of this address may arrive; makes room for one when its address has fewer arrivals than another. */
  admits(address: string): boolean {
    if (!this.#isFull) return true
    const crowded = this.#mostHalfOpen()
    // After an exchange the newcomer's address must not have more than the other one, or the two would displace each other.
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

  /** The session waits for a CONNECT: none has come yet, or the last one was refused. */
  halfOpen(session: Session): void {
    const arrival = this.#arrivals.get(session)
    if (!arrival || arrival.isHalfOpen) return
    arrival.isHalfOpen = true
    this.#halfOpen.set(arrival.address, (this.#halfOpen.get(arrival.address) ?? new Set()).add(session))
  }

  /** The client has sent CONNECT: its session keeps its place until it is welcomed or gone. */
  connect(session: Session): void {
    const arrival = this.#arrivals.get(session)
    if (!arrival?.isHalfOpen) return
    arrival.isHalfOpen = false
    const sessions = this.#halfOpen.get(arrival.address)!
    sessions.delete(session)
    if (sessions.size === 0) this.#halfOpen.delete(arrival.address)
  }

  /** The session is welcomed, or it is gone. */
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
    if (this.#arrivals.size < ALWAYS) return false
    // A loop that lags has not sampled either.
    return Math.max(this.#lagMs, this.now() - this.#sampledAt - SAMPLE_MS) > LAG_MAX_MS
  }

  #count(address: string): number {
    return this.#counts.get(address) ?? 0
  }

  /** The address with the most half-open sessions. */
  #mostHalfOpen(): string | undefined {
    let [most, found]: [number, string | undefined] = [0, undefined]
    for (const [address, { size }] of this.#halfOpen) if (size > most) [most, found] = [size, address]
    return found
  }

  /** Peak event-loop lag, decaying with a half-life of about 50 ms. */
  #sample(): void {
    const now = this.now()
    this.#lagMs = Math.max(now - this.#sampledAt - SAMPLE_MS, this.#lagMs * 0.7)
    this.#sampledAt = now
  }
}
