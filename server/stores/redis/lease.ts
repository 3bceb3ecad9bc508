import { randomBytes } from 'node:crypto'
import { BEAT_MS, DEPARTURE_GRACE_MS, LEASE_MS, STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import type { NodeStats } from '../../../protocol/stats.ts'
import { type Claim, claimLease, type KeyStatement, type Rival } from '../../domain/claim.ts'
import { unavailable } from '../../domain/fault-error.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { beat, claim as claimScript, releaseLease } from './scripts/lease.ts'

/** One missed beat and half the next: later than that, something is wrong. */
const LATE_MS = 2.5 * BEAT_MS
/** Two beats further apart than this, on the store's clock, are no uninterrupted renewal: others may have slept too. */
const PAUSE_MS = LEASE_MS / 2
/** Nearly the whole time that a call may take: timers are not exact. */
const SILENT_MS = 0.9 * STORE_TIMEOUT_MS
/** An answer that took longer says too little about what the store's clock shows now. */
const CLOCK_ANSWER_MS = 100

/**
 * This node's promise that its people are still here, renewed every BEAT_MS. What the node says of its people names the
 * lease and goes with it. All intervals are measured on a clock that nobody sets.
 */
export class Lease {
  readonly #node: string
  #id: string
  /** Set while a lease that was lost has not been handed over for sweeping. */
  #lostId = ''
  #isHeld = false
  describe: (() => NodeStats) | undefined
  /** Called after each beat with the lapsed leases that this node may sweep. */
  onExpired: (leases: string[]) => void = () => {}
  onBeat: () => void = () => {}
  /** Called with a lease that was lost, before the people of this node are stated under the next one. */
  onLost: (lease: string) => void = () => {}
  /**
   * Called when an open connection gave no answer to anything: it, and others made at the same time, may be dead. One
   * that answers others is only late: to make it anew would have all rooms said and read again, and so be later still.
   */
  onUnresponsive: () => void = () => {}
  readonly #forgottenListeners = new Set<() => void>()
  /** They have not been told yet. */
  #mustNotify = false
  /** When the present run of successful beats began, and the latest of them. */
  #steadySince: number | undefined
  #lastBeat: number | undefined
  /** Of the latest, on the store's clock. */
  #lastBeatStoreTime = 0
  /** On which making of the connection that was. */
  #connectCount = 0
  #clockOffsetMs: number | undefined
  #claim: Claim | undefined
  /** What the start of this node waits for. */
  #waitReason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    node: string,
  ) {
    // The id stands in lists separated by blanks and equals signs.
    this.#node = encodeURIComponent(node)
    this.#id = this.#newId()
  }

  get id(): string {
    return this.#id
  }

  /** For statements that rest on the lease: after a pause in which it may have lapsed, none before the next beat. */
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

  /** The moment in `ms` on the store's clock, within CLOCK_ANSWER_MS / 2 as a rule; 0 before it is known. */
  deadline(ms: number): number {
    return this.#clockOffsetMs === undefined ? 0 : Math.round(performance.now() + this.#clockOffsetMs + ms)
  }

  /** The store's clock showed `time` at some moment between the two, on the clock of performance.now(). */
  syncClock(time: number, began: number, ended: number): void {
    this.#clockOffsetMs = time - (began + ended) / 2
  }

  onForgotten(restate: () => void): void {
    this.#forgottenListeners.add(restate)
  }

  /**
   * Beats until it is closed; resolves after the first beat that the store answered. Rejects with StartupError when a
   * living node stands in the way, and beats not at all then.
   */
  async start(claim?: Claim): Promise<void> {
    this.#claim = claim
    // The first connection is made while we ask.
    if (!this.db.ready) await new Promise<void>((ready) => this.db.redis.once('ready', () => ready()))
    await claimLease(decodeURIComponent(this.#node), () => this.#claimOnce(), {
      isClosed: () => this.#closed,
      onWait: (sentence) => {
        this.#waitReason = sentence
        claim?.onWait(sentence)
      },
    })
    this.#waitReason = undefined
    return new Promise((begun) => {
      if (this.#closed) return
      const go = async () => {
        const began = performance.now()
        if (await this.#beat()) begun()
        if (this.#closed) return
        this.#timer = setTimeout(go, Math.max(0, BEAT_MS - (performance.now() - began)))
      }
      void go()
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

      // A connection lost may mean data lost: a store that started again from its file, or another one.
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

  /** Asks until the store answers; without rivals the lease is taken. Once closed, answers that nobody is in the way. */
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

  /** Somebody sweeps what we said, or the store has lost it: another lease, and all is said again. */
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

/** `rows` are flat, four values for each. */
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
