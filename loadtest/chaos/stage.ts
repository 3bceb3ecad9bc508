import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../measure/random.ts'
import { ChaosCluster } from './cluster.ts'
import { clientFaults, clusterFaults, targetOf } from './faults.ts'
import { ABSENCE, PRESENCE_TRUE_MS, plan, type Round } from './plan.ts'
import { Recorder } from './recorder.ts'
import { VirtualUsers } from './virtual-users.ts'
import { remainingMembers } from './watcher.ts'

export interface RunOptions {
  forMs: number
  clients: number
  seed: number
  rate: number
  signal: AbortSignal
  /** Called twice per second. */
  progress(now: Progress): void
}

export type Progress = VirtualUsers['figures'] & {
  elapsedMs: number
  doing: string
}

export interface Fault {
  kind: string
  /** The node, process or clients that it targeted. */
  on: string
  /** Unix milliseconds. */
  from: number
  until: number
}

/**
 * Shortens the nodes' dedupe window so that a client can be offline for longer. It exceeds the longest delay of a retry
 * by any other fault, 20 s for a frozen node.
 */
const DEDUPE_MS = 30_000
const ABSENCE_MS = DEDUPE_MS + 6_000
const SETTLE_WITHIN_MS = 60_000
/** Number of users who open all their remaining connections after the run. */
const TRIED_USERS = 12
/** Default limit of the nodes. */
const CONNECTIONS_PER_USER = 10
const GHOSTS_GONE_MS = 60_000
const PROGRESS_EVERY_MS = 500
/** Before the first fault. */
const CALM_MS = 2_000
/** Disconnect silently just before the fault is injected, so that the node cannot notice. */
const VANISH_AHEAD_MS = 150

/** Everything that runs during a run: the cluster, the virtual users and the fault injector. */
export class Stage {
  readonly virtualUsers: VirtualUsers
  readonly faults: Fault[] = []
  /** Paths of the history files. */
  readonly files: string[]
  readonly #random: Random
  readonly #recorder: Recorder
  /** Faults that run concurrently with the rounds, some for longer. */
  readonly #asides: Promise<void>[] = []
  #cluster: ChaosCluster | undefined
  #doing = 'starting'
  #begun = Date.now()
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly options: RunOptions,
    private readonly folder: string,
  ) {
    this.virtualUsers = new VirtualUsers(options.clients)
    this.#random = new Random(options.seed)
    const own = join(folder, 'chaos.ndjson')
    this.#recorder = new Recorder(own)
    this.files = [own]
  }

  async open(): Promise<void> {
    const { progress } = this.options
    this.#timer = setInterval(() => {
      progress({ ...this.virtualUsers.figures, elapsedMs: Date.now() - this.#begun, doing: this.#doing })
    }, PROGRESS_EVERY_MS)
    const log = join(this.folder, 'parts.log')
    this.#cluster = await ChaosCluster.open(DEDUPE_MS, {
      line: (part, text) => appendFileSync(log, `${new Date().toISOString()} ${part} ${text}\n`),
      died: (part, how) => this.#recorder.note('chaos', { what: 'died', part, how }),
    })
    this.#doing = 'connecting users'
    const where = { url: this.#cluster.url, dedupeMs: DEDUPE_MS }
    this.files.push(...(await this.virtualUsers.connect(where, this.folder, this.#random)))
  }

  async perform(): Promise<void> {
    const { forMs, rate, seed } = this.options
    await this.#setRate(rate)
    this.#begun = Date.now()
    this.#doing = 'calm'
    await this.#pause(CALM_MS)
    const rounds = plan(new Random(seed), forMs)
    while (Date.now() - this.#begun < forMs) await this.#round(rounds.next().value)
    this.#doing = 'reconnecting absent users'
    await Promise.all(this.#asides)
    await this.#pause(PRESENCE_TRUE_MS)
    await this.virtualUsers.checkMembers()
    await this.#setRate(0)
    this.#doing = 'settling'
    await this.virtualUsers.settle(SETTLE_WITHIN_MS)
    await this.#aftermath()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.virtualUsers.end()
    await this.#cluster?.close()
    this.#recorder.close()
  }

  /** Checks that no user is locked out and that no user who left is still shown. */
  async #aftermath(): Promise<void> {
    this.#doing = 'opening further connections'
    await this.virtualUsers.tryConnections(this.#random, TRIED_USERS, CONNECTIONS_PER_USER - 1)
    this.#doing = 'disconnecting users'
    await this.virtualUsers.disconnect()
    const rooms = [...new Set(this.virtualUsers.users.flatMap(({ rooms }) => rooms))]
    const remaining = await remainingMembers(this.#cluster!.url, rooms, GHOSTS_GONE_MS)
    for (const [room, ids] of remaining) this.#recorder.note('chaos', { what: 'ghosts', room, ids })
  }

  async #round(round: Round): Promise<void> {
    const chaosCluster = this.#cluster!
    this.#doing = round.clientFault ? `${round.clusterFault}, ${round.clientFault}` : round.clusterFault
    if (round.absence) this.#asides.push(this.#absence(round))
    for (const aside of [this.#injectClientFault(round), this.#vanishBystanders(round)]) {
      aside.catch(() => {})
      this.#asides.push(aside)
    }
    await this.#pause(VANISH_AHEAD_MS)
    await this.#fault(round.clusterFault, targetOf(round), () => clusterFaults[round.clusterFault](chaosCluster, round))
    chaosCluster.revive()
    this.#doing = `calm after ${round.clusterFault}`
    await this.#pause(round.restMs)
    if (round.look) await this.virtualUsers.checkMembers()
  }

  async #injectClientFault(round: Round): Promise<void> {
    const { clientFault } = round
    if (!clientFault) return
    await this.#pause(round.clientFaultAfterMs)
    await this.#fault(clientFault, 'clients', () => clientFaults[clientFault](this.virtualUsers, round))
  }

  /** Two clients of the node that is about to fail vanish with it, so that only its lease reveals them. */
  async #vanishBystanders({ clusterFault, node, forMs }: Round): Promise<void> {
    if (clusterFault !== 'node killed' && clusterFault !== 'node frozen') return
    const whos = this.virtualUsers.on(`n${node + 1}`).slice(0, 2)
    await this.virtualUsers.vanish(whos, forMs + PRESENCE_TRUE_MS + VANISH_AHEAD_MS + 3_000)
  }

  async #absence({ seed }: Round): Promise<void> {
    const random = new Random(seed)
    await this.#fault(ABSENCE, 'a client', () =>
      this.virtualUsers.vanish(this.virtualUsers.some(random, 0), ABSENCE_MS, true),
    )
  }

  async #fault(kind: string, on: string, work: () => Promise<void>): Promise<void> {
    const from = Date.now()
    try {
      await work()
    } catch (error) {
      this.#recorder.note('chaos', { what: 'died', part: on, how: `failed during "${kind}": ${error}` })
    }
    const fault = { kind, on, from, until: Date.now() }
    this.faults.push(fault)
    this.#recorder.note('chaos', { what: 'fault', ...fault })
  }

  async #setRate(perSecond: number): Promise<void> {
    this.#recorder.note('chaos', { what: 'load', perSecond })
    await this.virtualUsers.setRate(perSecond)
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.options.signal })
  }
}
