import { AdaptiveLimit } from './adaptive-limit.ts'
import { EventLoopTurn } from './event-loop-turn.ts'
import { FaultError } from './fault-error.ts'

/** The maximum estimated wait of a new append, at the present rate. */
const WAIT_MS = 150
/** This many appends may always wait: a few users who send at the same time are no overload. */
const WAITING_MIN = 256
/** A burst that follows an empty queue may be this large, */
const BURST_MAX = 2_048
/** if it arrives within this time. */
const BURST_MS = 100
/** An append that has waited this long is rejected if more than WAITING_MIN wait behind it, */
const AGE_MAX_MS = 250
/** and in any case after this long: in time for the promised 2 s. */
const AGE_MAX_ALONE_MS = 1_000
/** The rate at which the queue empties is measured over this time. */
const RATE_WINDOW_MS = 100
/** A command is rejected if it may have waited in the socket for longer than this before it was read, */
const LAG_MAX_MS = 100
/** and if this many appends arrived since the lag exceeded it: a short burst is not an overload. */
const LATE_BURST = 1_024
/** `retryInMs` of rejected appends; it grows with the ratio of rejected to started appends. */
const RETRY_MS = 500
const RETRY_MAX_MS = 10_000

/** Why an append was rejected, as a metric label. */
export type ShedReason = 'queue_full' | 'expired' | 'event_loop'

/** Rejected before anything was written, because the node or its store is overloaded. */
export class OverloadedError extends FaultError {
  constructor(retryInMs: number) {
    super('unavailable', 'There is more to store than this node can take just now. Try again.', Math.ceil(retryInMs))
  }
}

interface Waiting {
  since: number
  /** True if it arrived within BURST_MS of the first one: it may wait for AGE_MAX_ALONE_MS. */
  isBurst: boolean
  start(): void
  refuse(error: OverloadedError): void
}

/** The state of the queue for metrics; `limit` is the maximum of `inFlight`. */
export interface AppendQueueState {
  waiting: number
  inFlight: number
  limit: number
}

/**
 * The queue of all appends of a node. An adaptive limit bounds the calls in flight; the others wait in FIFO order. Load
 * shedding: an append is rejected at once if the queue is longer than the store can process in WAIT_MS, or if a busy
 * event loop reads commands too late. A rejected append was never written.
 */
export class AppendQueue {
  readonly #limit = new AdaptiveLimit()
  readonly #turn = new EventLoopTurn()
  readonly #waiting: Waiting[] = []
  /** Appends that are never rejected, one per connection. */
  readonly #unbounded = new Set<() => void>()
  #unboundedNext = false
  #inFlight = 0
  /** The number of appends so far, and that number when the lag first exceeded LAG_MAX_MS. */
  #taken = 0
  #takenWhenLate: number | undefined
  /** The time at which the queue last became non-empty, on the clock of performance.now(). */
  #queuedSince = Number.POSITIVE_INFINITY
  /** The rate at which queued appends are started, per second; undefined before the first measurement. */
  #perSecond: number | undefined
  #window = { since: 0, started: 0, shed: 0 }
  /** The ratio of rejected to started appends in the last window. */
  #shedPerStarted = 0
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly onShed: (reason: ShedReason) => void = () => {}) {}

  get state(): AppendQueueState {
    return { waiting: this.#waiting.length + this.#unbounded.size, inFlight: this.#inFlight, limit: this.#limit.value }
  }

  /**
   * The error with which a further append would be rejected; undefined if it would be accepted. For callers that can reject
   * a request before parsing it. Counted as a rejected append.
   */
  overloadError(): OverloadedError | undefined {
    const reason = this.#tooBusy() ? 'event_loop' : this.#full() ? 'queue_full' : undefined
    return reason && this.#shed(reason)
  }

  /** Runs `append` in queue order. Rejects with OverloadedError if `append` was not run. */
  async run<T>(append: () => Promise<T>): Promise<T> {
    this.#take()
    if (this.#free) return this.#go(append)
    if (this.#full()) throw this.#shed('queue_full')
    return new Promise<T>((resolve, refuse) => {
      this.#wait({ start: () => resolve(this.#go(append)), refuse })
    })
  }

  /** Runs `append` in queue order without a maximum wait; rejects if `signal` is aborted before. */
  async runUntilAborted<T>(signal: AbortSignal, append: () => Promise<T>): Promise<T> {
    this.#take()
    if (this.#free) return this.#go(append)
    signal.throwIfAborted()
    return new Promise<T>((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', aborted)
        resolve(this.#go(append))
      }
      const aborted = () => {
        this.#unbounded.delete(start)
        reject(signal.reason)
      }
      signal.addEventListener('abort', aborted, { once: true })
      this.#unbounded.add(start)
    })
  }

  /** Whether an append may start at once: the limit is not reached and no append waits. */
  get #free(): boolean {
    return this.#inFlight < this.#limit.value && this.#waiting.length === 0 && this.#unbounded.size === 0
  }

  #tooBusy(): boolean {
    if (this.#turn.lagMs <= LAG_MAX_MS) {
      this.#takenWhenLate = undefined
      return false
    }
    this.#takenWhenLate ??= this.#taken
    return this.#taken - this.#takenWhenLate >= LATE_BURST
  }

  #take(): void {
    this.#turn.note()
    this.#taken++
    // Also detects the start of the lag if no caller uses `overloadError`.
    if (this.#takenWhenLate === undefined && this.#turn.lagMs > LAG_MAX_MS) this.#takenWhenLate = this.#taken
  }

  #full(): boolean {
    const { length } = this.#waiting
    if (length < WAITING_MIN) return false
    const now = performance.now()
    if (now - this.#waiting[0]!.since > AGE_MAX_MS) return true
    if (now - this.#queuedSince < BURST_MS) return length >= BURST_MAX
    return length >= ((this.#perSecond ?? 0) * WAIT_MS) / 1_000
  }

  #wait(call: Pick<Waiting, 'start' | 'refuse'>): void {
    const since = performance.now()
    if (this.#waiting.length === 0) {
      this.#queuedSince = since
      this.#window = { since, started: 0, shed: 0 }
    }
    this.#waiting.push({ ...call, since, isBurst: since - this.#queuedSince < BURST_MS })
    this.#timer ??= setTimeout(() => this.#expire(), AGE_MAX_ALONE_MS)
  }

  async #go<T>(append: () => Promise<T>): Promise<T> {
    const began = performance.now()
    this.#inFlight++
    try {
      const value = await append()
      this.#answered(began)
      return value
    } catch (error) {
      // An unavailable store rejects at once, which carries no information about the limit.
      if (!(error instanceof FaultError) || error.code !== 'unavailable') this.#answered(began)
      else if (performance.now() - began > AGE_MAX_ALONE_MS) this.#limit.timedOut(began)
      throw error
    } finally {
      this.#inFlight--
      this.#next()
    }
  }

  #answered(began: number): void {
    // Subtracts the time that the answer waited for this process's event loop, which is not latency of the store.
    this.#limit.answered(began, performance.now() - began - this.#turn.lagMs, this.#inFlight)
  }

  #next(): void {
    while (this.#inFlight < this.#limit.value) {
      // Alternates between both kinds of waiting appends.
      this.#unboundedNext = !this.#unboundedNext
      const [one, other] = this.#unboundedNext
        ? [this.#startUnbounded, this.#startWaiting]
        : [this.#startWaiting, this.#startUnbounded]
      if (!one.call(this) && !other.call(this)) return
    }
  }

  #startUnbounded(): boolean {
    const [start] = this.#unbounded
    if (!start) return false
    this.#unbounded.delete(start)
    start()
    return true
  }

  #startWaiting(): boolean {
    for (;;) {
      const waiting = this.#waiting.shift()
      if (!waiting) return false
      const now = performance.now()
      if (!waiting.isBurst && now - waiting.since > AGE_MAX_MS && this.#waiting.length >= WAITING_MIN) {
        waiting.refuse(this.#shed('expired'))
        continue
      }
      this.#window.started++
      this.#measure(now)
      waiting.start()
      return true
    }
  }

  #measure(now: number): void {
    const { since, started, shed } = this.#window
    const ms = now - since
    if (ms < RATE_WINDOW_MS) return
    const perSecond = (started * 1_000) / ms
    this.#perSecond = this.#perSecond === undefined ? perSecond : (this.#perSecond + perSecond) / 2
    this.#shedPerStarted = shed / Math.max(1, started)
    this.#window = { since: now, started: 0, shed: 0 }
  }

  /** Adds random jitter to `retryInMs`, so that retries do not arrive at the same moment. */
  #shed(reason: ShedReason): OverloadedError {
    this.#window.shed++
    this.onShed(reason)
    return new OverloadedError(Math.min(RETRY_MAX_MS, RETRY_MS * (1 + this.#shedPerStarted) * (0.5 + Math.random())))
  }

  #expire(): void {
    const oldest = performance.now() - AGE_MAX_ALONE_MS
    while (this.#waiting.length > 0 && this.#waiting[0]!.since <= oldest) {
      this.#waiting.shift()!.refuse(this.#shed('expired'))
    }
    const next = this.#waiting[0]
    this.#timer = next && setTimeout(() => this.#expire(), Math.max(1, next.since - oldest))
  }
}
