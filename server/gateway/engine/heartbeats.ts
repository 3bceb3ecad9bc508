import type { Socket as Session } from 'engine.io'

const SLOT_MS = 100
/** The complete WebSocket frame (RFC 6455, section 5.2) of the text "2", Engine.IO's ping packet. */
const PING = { wsPreEncodedFrame: [Buffer.from([0x81, 1, 0x32])] }

export interface Pings {
  /** Time from a pong to the next ping. */
  intervalMs: number
  /** Longest time to wait for a pong. */
  timeoutMs: number
}

/** Private members of an Engine.IO session that implement its heartbeat. */
interface SessionInternals {
  pingIntervalTimer: unknown
  pingTimeoutTimer: unknown
  hasRefreshedPingTimeout: boolean
  sendPacket(type: 'ping', data: undefined, options: object): void
  onClose(reason: 'ping timeout'): void
}

/**
 * A timing wheel for the heartbeats of all sessions. Engine.IO starts two timers per session, so that 10,000 idle
 * connections wake this process, nginx and the network stack 10,000 times per interval. Here sessions that are due within
 * the same 100 ms are pinged together by one timer.
 */
export class Heartbeats {
  readonly #slots: readonly Set<Heartbeat>[]
  readonly #startedAt: number
  /**
   * Number of the next slot to process. Slot numbers count from `#startedAt`; a slot is stored at its number modulo the
   * length.
   */
  #next = 0
  #sessions = 0
  #timer: NodeJS.Timeout | undefined

  /** `now`, in milliseconds, is replaced by tests. */
  constructor(
    readonly pings: Pings,
    private readonly now = () => performance.now(),
  ) {
    // One slot more than the longest delay, so that a slot is never processed a round early.
    const length = 1 + Math.ceil(Math.max(pings.intervalMs, pings.timeoutMs) / SLOT_MS)
    this.#slots = Array.from({ length }, () => new Set())
    this.#startedAt = now()
  }

  /** Takes over the heartbeat of an open session. */
  start(session: Session): void {
    const heartbeat = new Heartbeat(session as unknown as SessionInternals, this)
    this.#sessions++
    this.#timer ??= setInterval(() => this.#tick(), SLOT_MS)
    this.schedule(heartbeat, this.pings.intervalMs)
  }

  /** Releases a closed session. */
  stop(session: Session): void {
    this.#unschedule((session as unknown as SessionInternals).pingIntervalTimer as Heartbeat)
    if (--this.#sessions === 0) this.close()
  }

  /** Schedules the heartbeat `ms` milliseconds from now, or up to SLOT_MS earlier. */
  schedule(heartbeat: Heartbeat, ms: number): void {
    this.#unschedule(heartbeat)
    heartbeat.slot = this.#now() + ms / SLOT_MS
    this.#slotOf(heartbeat.slot).add(heartbeat)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #unschedule(heartbeat: Heartbeat): void {
    this.#slotOf(heartbeat.slot).delete(heartbeat)
  }

  #slotOf(slot: number): Set<Heartbeat> {
    return this.#slots[slot % this.#slots.length]!
  }

  #now(): number {
    return Math.floor((this.now() - this.#startedAt) / SLOT_MS)
  }

  #tick(): void {
    const now = this.#now()
    // After a pause of the process several slots are due. Each is processed once.
    for (this.#next = Math.max(this.#next, now - this.#slots.length + 1); this.#next <= now; this.#next++) {
      const due = [...this.#slotOf(this.#next)].filter(({ slot }) => slot <= now)
      const timedOut = due.filter((heartbeat) => !heartbeat.ping())
      // After a pause of the process their pongs may be unread: sockets are read before immediates run.
      if (timedOut.length > 0) setImmediate(() => this.#timeOutAll(timedOut, now))
    }
  }

  #timeOutAll(timedOut: readonly Heartbeat[], at: number): void {
    for (const heartbeat of timedOut) if (heartbeat.slot <= at) heartbeat.timeOut()
  }
}

/** The heartbeat of one session. Replaces the timers of the Engine.IO session, which calls `refresh` on them. */
class Heartbeat {
  slot = 0
  /** Stands in for the timer of the timeout: any packet that arrives while a pong is due postpones it. */
  readonly #pongTimeout = { refresh: () => this.heartbeats.schedule(this, this.heartbeats.pings.timeoutMs) }

  constructor(
    private readonly session: SessionInternals,
    private readonly heartbeats: Heartbeats,
  ) {
    clearTimeout(session.pingIntervalTimer as NodeJS.Timeout)
    session.pingIntervalTimer = this
  }

  /** Called by Engine.IO when the pong has arrived. */
  refresh(): void {
    this.heartbeats.schedule(this, this.heartbeats.pings.intervalMs)
  }

  /** Sends a ping, or returns false if the last one was not answered. */
  ping(): boolean {
    const { session } = this
    if (session.pingTimeoutTimer) return false
    session.hasRefreshedPingTimeout = false
    session.sendPacket('ping', undefined, PING)
    session.pingTimeoutTimer = this.#pongTimeout
    this.heartbeats.schedule(this, this.heartbeats.pings.timeoutMs)
    return true
  }

  timeOut(): void {
    this.session.onClose('ping timeout')
  }
}
