import type { Socket as Session } from 'engine.io'

const SLOT_MS = 100
/** A whole WebSocket message, the text "2": Engine.IO's ping. RFC 6455, section 5.2. */
const PING = { wsPreEncodedFrame: [Buffer.from([0x81, 1, 0x32])] }

export interface Pings {
  /** From a pong to the next ping. */
  intervalMs: number
  /** How long a pong may take. */
  timeoutMs: number
}

/** What Engine.IO keeps to itself of a session's heartbeat. */
interface Beating {
  pingIntervalTimer: unknown
  pingTimeoutTimer: unknown
  hasRefreshedPingTimeout: boolean
  sendPacket(type: 'ping', data: undefined, options: object): void
  onClose(reason: 'ping timeout'): void
}

/**
 * The pings of all sessions, by one timer. Engine.IO gives each session two of its own, so that ten thousand idle
 * connections wake this process, nginx and everybody else on the way ten thousand times; those whose time comes in the
 * same tenth of a second are pinged together.
 */
export class Heartbeats {
  readonly #slots: readonly Set<Heartbeat>[]
  readonly #began: number
  /** The slot that is turned next; slots are counted from the beginning, and found again modulo their number. */
  #next = 0
  #sessions = 0
  #timer: NodeJS.Timeout | undefined

  /** `now` in milliseconds, for tests. */
  constructor(
    readonly pings: Pings,
    private readonly now = () => performance.now(),
  ) {
    // One more than the longest wait has, so that none comes round early.
    const length = 1 + Math.ceil(Math.max(pings.intervalMs, pings.timeoutMs) / SLOT_MS)
    this.#slots = Array.from({ length }, () => new Set())
    this.#began = now()
  }

  /** From here on this session's heartbeat is ours; it must be open. */
  add(session: Session): void {
    const heartbeat = new Heartbeat(session as unknown as Beating, this)
    this.#sessions++
    this.#timer ??= setInterval(() => this.#turn(), SLOT_MS)
    this.put(heartbeat, this.pings.intervalMs)
  }

  /** It has closed. */
  remove(session: Session): void {
    this.#take((session as unknown as Beating).pingIntervalTimer as Heartbeat)
    if (--this.#sessions === 0) this.close()
  }

  /** Its turn is in so many milliseconds, or less than a slot sooner. */
  put(heartbeat: Heartbeat, ms: number): void {
    this.#take(heartbeat)
    heartbeat.slot = this.#now() + ms / SLOT_MS
    this.#slotOf(heartbeat.slot).add(heartbeat)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #take(heartbeat: Heartbeat): void {
    this.#slotOf(heartbeat.slot).delete(heartbeat)
  }

  #slotOf(slot: number): Set<Heartbeat> {
    return this.#slots[slot % this.#slots.length]!
  }

  #now(): number {
    return Math.floor((this.now() - this.#began) / SLOT_MS)
  }

  #turn(): void {
    const now = this.#now()
    // After a pause there is more than one to turn, but none twice.
    for (this.#next = Math.max(this.#next, now - this.#slots.length + 1); this.#next <= now; this.#next++) {
      const due = [...this.#slotOf(this.#next)].filter(({ slot }) => slot <= now)
      const silent = due.filter((heartbeat) => !heartbeat.ping())
      // Their pongs may lie unread behind a pause of ours: whoever has a turn then is heard first.
      if (silent.length > 0) setImmediate(() => this.#end(silent, now))
    }
  }

  #end(silent: readonly Heartbeat[], at: number): void {
    for (const heartbeat of silent) if (heartbeat.slot <= at) heartbeat.end()
  }
}

/** Of one session. It stands where Engine.IO expects its timers, and is told by their `refresh`. */
class Heartbeat {
  slot = 0
  /** Of the time-out: anything that is heard while a pong is awaited postpones the end. */
  readonly #patience = { refresh: () => this.heartbeats.put(this, this.heartbeats.pings.timeoutMs) }

  constructor(
    private readonly session: Beating,
    private readonly heartbeats: Heartbeats,
  ) {
    clearTimeout(session.pingIntervalTimer as NodeJS.Timeout)
    session.pingIntervalTimer = this
  }

  /** The pong came. */
  refresh(): void {
    this.heartbeats.put(this, this.heartbeats.pings.intervalMs)
  }

  /** False if the last one was not answered. */
  ping(): boolean {
    const { session } = this
    if (session.pingTimeoutTimer) return false
    session.hasRefreshedPingTimeout = false
    session.sendPacket('ping', undefined, PING)
    session.pingTimeoutTimer = this.#patience
    this.heartbeats.put(this, this.heartbeats.pings.timeoutMs)
    return true
  }

  end(): void {
    this.session.onClose('ping timeout')
  }
}
