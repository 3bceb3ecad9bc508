import { randomBytes } from 'node:crypto'
import { BEAT_MS, DEPARTURE_GRACE_MS, LEASE_MS, STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import type { NodeStats } from '../../../protocol/stats.ts'
import { type Claim, claimLease, type KeyStatement, type Rival } from '../../domain/claim.ts'
import { unavailable } from '../../domain/fault-error.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { beat, claim as claimScript, releaseLease } from './scripts/lease.ts'

/** One missed beat plus half an interval. */
const LATE_MS = 2.5 * BEAT_MS
/** If the store's clock advanced more than this between two beats, other nodes may have been suspended as well. */
const PAUSE_MS = LEASE_MS / 2
/** Slightly below the call timeout, since timers are inexact. */
const SILENT_MS = 0.9 * STORE_TIMEOUT_MS
/** Replies slower than this are too inexact to set the clock by. */
const CLOCK_ANSWER_MS = 100

/**
 * This node's lease, renewed every BEAT_MS. Presence and other state of the node refer to its lease and are removed
 * when it expires. Intervals are measured with performance.now(), which clock changes do not affect.
 */
export class Lease {
  readonly #node: string
  #id: string
  /** A lost lease that was not yet handed over for sweeping, else ''. */
  #lostId = ''
  #isHeld = false
  describe: (() => NodeStats) | undefined
  /** Called after each beat with the expired leases that this node may sweep. */
  onExpired: (leases: string[]) => void = () => {}
  onBeat: () => void = () => {}
  /** Called with the id of a lost lease, before this node's users are stated under the next one. */
  onLost: (lease: string) => void = () => {}
  /**
   * Called when the connection is open but nothing on it was answered: it, and others established at the same time, may
   * be dead. If other calls were answered, the store is only slow; reconnecting would then republish and reread all
   * rooms and make it slower.
   */
  onUnresponsive: () => void = () => {}
  readonly #forgottenListeners = new Set<() => void>()
  /** Whether `forgottenListeners` must be notified after the next beat. */
  #mustNotify = false
  /** When the current run of successful beats started. */
  #steadySince: number | undefined
  #lastBeat: number | undefined
  /** The store's time at the last successful beat. */
  #lastBeatStoreTime = 0
  /** `db.connectCount` at that beat. */
  #connectCount = 0
  #clockOffsetMs: number | undefined
  #claim: Claim | undefined
  /** Why the start of this node waits. */
  #waitReason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    node: string,
  ) {
    // The id is used in lists separated by spaces and equals signs.
    this.#node = encodeURIComponent(node)
    this.#id = this.#newId()
  }

  get id(): string {
    return this.#id
  }

  /**
   * The lease id, for writes that depend on it. Throws `unavailable` after a pause in which the lease may have expired,
   * until the next beat.
   */
  requireHeld(): string {
    const lastBeat = this.#isHeld ? this.#lastBeat : undefined
    if (lastBeat === undefined || performance.now() - lastBeat > LEASE_MS) throw unavailable()
    return this.#id
  }

  get lateReason(): string | undefined {
    if (this.#lastBeat === undefined) return this.#waitReason ?? 'The store has not answered yet.'
    const late = Math.round(performance.now() - this.#lastBeat)
    return late > LATE_MS ? `The store has not answered for ${late} ms.` : undefined
  }

  now(): number {
    return Math.round(this.#clockOffsetMs === undefined ? Date.now() : performance.now() + this.#clockOffsetMs)
  }

  /** `ms` from now on the store's clock, usually exact to CLOCK_ANSWER_MS / 2; 0 while that clock is unknown. */
  deadline(ms: number): number {
    return this.#clockOffsetMs === undefined ? 0 : Math.round(performance.now() + this.#clockOffsetMs + ms)
  }

  /**
   * Sets the clock: the store's showed `time` at some moment between `began` and `ended`, both of performance.now().
   */
  syncClock(time: number, began: number, ended: number): void {
    this.#clockOffsetMs = time - (began + ended) / 2
  }

  onForgotten(restate: () => void): void {
    this.#forgottenListeners.add(restate)
  }

  /**
   * Acquires the lease and beats until close(); resolves after the first beat that the store answered. Rejects with
   * StartupError, without beating, if a live node conflicts with this one.
   */
  async start(claim?: Claim): Promise<void> {
    this.#claim = claim
    // The first connection may still be being established.
    if (!this.db.ready) await new Promise<void>((ready) => this.db.redis.once('ready', () => ready()))
    await claimLease(decodeURIComponent(this.#node), () => this.#claimOnce(), {
      isClosed: () => this.#closed,
      onWait: (sentence) => {
        this.#waitReason = sentence
        claim?.onWait(sentence)
      },
    })
    this.#waitReason = undefined
    return new Promise((firstBeat) => {
      if (this.#closed) return
      const loop = async () => {
        const began = performance.now()
        if (await this.#beat()) firstBeat()
        if (this.#closed) return
        this.#timer = setTimeout(loop, Math.max(0, BEAT_MS - (performance.now() - began)))
      }
      void loop()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    if (!this.#isHeld) return
    const { db, keys } = this
    const all = [keys.leases(), keys.reports(), keys.keyStatements()]
    await db.run(releaseLease, all, [this.#id, DEPARTURE_GRACE_MS]).catch(() => {})
  }

  #newId() {
    return `${this.#node}.${randomBytes(9).toString('hex')}`
  }

  async #beat(): Promise<boolean> {
    const { db, keys } = this
    const began = performance.now()
    const connectCount = db.connectCount
    const steady = this.#steadySince !== undefined && began - this.#steadySince >= LEASE_MS
    const sweepUntil = steady ? this.#lastBeatStoreTime + PAUSE_MS : 0
    try {
      const report = this.describe ? JSON.stringify(this.describe()) : ''
      const [time, known, expired] = (await db.run(
        beat,
        [keys.leases(), keys.expired(), keys.reports(), keys.keyStatements()],
        [this.#id, LEASE_MS, report, this.#isHeld ? 0 : 1, sweepUntil, this.#lostId, this.#statement()],
      )) as [time: number, known: number, expired: string[]]
      if (this.#closed) return true
      const ended = performance.now()
      this.#lostId = ''
      this.#setClock(time, began, ended)
      if (this.#isHeld && !known) return await this.#replace()

      // The store may have lost data while disconnected: it restarted from its file, or is a different one.
      if (this.#isHeld && connectCount !== this.#connectCount) this.#mustNotify = true
      this.#isHeld = true
      this.#connectCount = connectCount
      const paused = time - this.#lastBeatStoreTime > PAUSE_MS
      this.#lastBeatStoreTime = time
      if (paused) this.#steadySince = undefined
      this.#steadySince ??= ended
      this.#lastBeat = ended
      if (this.#mustNotify) this.#notifyForgotten()
      if (steady && !paused) this.onExpired(expired.filter((lease) => lease !== this.#id))
      this.onBeat()
      return true
    } catch {
      this.#steadySince = undefined
      this.#checkResponsive(began)
      return false
    }
  }

  #checkResponsive(began: number) {
    const now = performance.now()
    if (now - began >= SILENT_MS && now - this.db.answeredAt >= SILENT_MS / 2) this.onUnresponsive()
  }

  /** Retries until the store answers; without rivals the lease is acquired. Returns no rivals once closed. */
  async #claimOnce(): Promise<{ rivals: Rival[]; now: number }> {
    const { db, keys } = this
    while (!this.#closed) {
      const began = performance.now()
      const { connectCount } = db
      try {
        await this.#claim?.agree()
        const [now, ...rows] = (await db.run(
          claimScript,
          [keys.leases(), keys.reports(), keys.keyStatements()],
          [this.#id, LEASE_MS, this.#node, this.#statement()],
        )) as [number, ...string[]]
        const rivals = rivalsOf(rows, this.#claim?.keys().source)
        this.#isHeld = rivals.length === 0
        this.#connectCount = connectCount
        return { rivals, now }
      } catch {
        this.#checkResponsive(began)
        await new Promise((next) => setTimeout(next, Math.max(0, BEAT_MS - (performance.now() - began))))
      }
    }
    return { rivals: [], now: 0 }
  }

  #statement(): string {
    const stated = this.#claim?.keys()
    return stated === undefined ? '' : [stated.source, ...stated.fingerprints].join(' ')
  }

  /** The lease is being swept, or the store has lost it: acquire a new one and restate everything under it. */
  #replace(): Promise<boolean> {
    this.#lostId = this.#id
    this.#id = this.#newId()
    this.#isHeld = false
    this.#steadySince = undefined
    this.#mustNotify = true
    this.onLost(this.#lostId)
    return this.#beat()
  }

  #notifyForgotten() {
    this.#mustNotify = false
    for (const restate of this.#forgottenListeners) restate()
  }

  #setClock(time: number, began: number, ended: number) {
    if (this.#clockOffsetMs !== undefined && ended - began > CLOCK_ANSWER_MS) return
    this.syncClock(time, began, ended)
  }
}

/** `rows` is flat, with four values per rival. */
function rivalsOf(rows: string[], mine: KeyStatement['source'] | undefined): Rival[] {
  return Array.from({ length: rows.length / 4 }, (_, i) => {
    const [lease, endsAt, reason, statement] = rows.slice(4 * i, 4 * i + 4) as [string, string, string, string]
    const node = decodeURIComponent(lease.slice(0, lease.lastIndexOf('.')))
    return { node, lease, endsAt: Number(endsAt), reason: reason === 'name' ? 'same_name' : reasonOf(mine, statement) }
  })
}

function reasonOf(mine: KeyStatement['source'] | undefined, statement: string): Rival['reason'] {
  if (mine === 'shared') return 'secret_only_there'
  return statement.startsWith('shared') ? 'secret_only_here' : 'other_secret'
}
