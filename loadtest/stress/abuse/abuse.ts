import type { Target } from '../../clients/transport.ts'
import { metric, type Servers } from '../servers.ts'
import { AttackPool } from './attack-pool.ts'
import { HealthWatch } from './health-watch.ts'
import { type MeasureOptions, measure } from './measure.ts'
import { MemoryWatch } from './memory-watch.ts'
import type { AttackStats } from './messages.ts'
import { counterSums, difference } from './node-metrics.ts'
import { PHASES, type Phase } from './phases.ts'
import { attackerPlans, userPlans } from './plan.ts'
import { PresenceCheck } from './presence-check.ts'
import type { AbuseOutcome, PhaseResult } from './result.ts'
import { Sink } from './sink.ts'
import { UserPool } from './user-pool.ts'
import { phaseFaults, phaseVoids } from './verdict.ts'

/** Per user, on average; each message has about 25 other recipients. */
const MESSAGES_PER_SECOND = 1 / 6

export interface AbuseOptions {
  servers: Servers
  phases: readonly Phase[]
  users: number
  seconds: number
  seed: number
  /** Time limit for the nodes' memory to settle after each phase, milliseconds. */
  settleMs?: number
  /** Time limit for a phase's attackers to connect before measuring starts, milliseconds. */
  connectWithinMs?: number
  progress?(doing: string, stats?: AttackStats): void
  /** Called after each phase. */
  done?(result: PhaseResult): void
}

/**
 * Runs every phase against the sink (control), then against the cluster, while the same ordinary users send messages on
 * the cluster.
 */
export async function abuse(options: AbuseOptions): Promise<AbuseOutcome> {
  const { servers, phases, seed, seconds, progress = () => {}, done = () => {} } = options
  const plans = userPlans(options.users, seed)
  const [users, attackers, sink] = [new UserPool(), new AttackPool(), new Sink()]
  const rooms = [...new Set(plans.flatMap((plan) => plan.rooms))].filter((room) => !room.startsWith('team-'))
  const present = () => users.stats?.present ?? {}
  let presence: PresenceCheck | undefined
  try {
    progress('ordinary users connect')
    await users.start(servers.target, plans, options.users * MESSAGES_PER_SECOND)
    presence = new PresenceCheck(servers.nodes, rooms, present)
    const cluster = { ...options, users, attackers, presence, ordinary: plans.length, progress }
    const results: PhaseResult[] = []
    for (const phase of phases) {
      const result = await runPhase(phase, { ...cluster, sink: await sink.target() })
      results.push(result)
      done(result)
    }
    return { preset: 'abuse', seed, users: options.users, secondsAPhase: seconds, phases: results }
  } finally {
    await presence?.stop()
    await Promise.all([users.close(), attackers.close(), sink.close()])
  }
}

type PhaseContext = Omit<AbuseOptions, 'users' | 'progress'> &
  Required<Pick<AbuseOptions, 'progress'>> &
  Pick<MeasureOptions, 'users' | 'attackers'> & { sink: Target; presence: PresenceCheck; ordinary: number }

async function runPhase(phase: Phase, context: PhaseContext): Promise<PhaseResult> {
  const { servers, users, attackers, sink, presence, seconds, seed, progress, settleMs, connectWithinMs, ordinary } =
    context
  const index = PHASES.findIndex(({ name }) => name === phase.name)
  const plans = attackerPlans(phase, index, seed)
  // Users disconnected by the previous phase reconnect first.
  const ready = await users.ready(ordinary)
  const against = (what: string, target: Target) =>
    measure({
      ...{ users, attackers, plans, target, seconds, connectWithinMs },
      progress: (stats) => progress(`${phase.name}, ${what}`, stats),
    })
  const control = await against('control', sink)
  const before = counterSums(await servers.pages())
  const memory = await MemoryWatch.start(async () =>
    (await servers.pages()).map((page) => metric(page, 'process_resident_memory_bytes')),
  )
  const health = new HealthWatch(servers.nodes)
  presence.take()
  try {
    const attack = await against('attack', servers.target)
    const facts = { control, attack, presence: presence.take(), offeredAtLeast: phase.offeredAtLeast }
    health.stop()
    progress(`${phase.name}, the nodes' memory settles`)
    const nodes = await memory.settle(settleMs)
    const counters = difference(before, counterSums(await servers.pages()))
    const judged = { ...facts, memory: nodes, users: { ready, all: ordinary } }
    return {
      ...{ phase: phase.name, title: phase.title, ...judged, counters, healthMs: health.worstMs },
      ...{ faults: phaseFaults(judged), voids: phaseVoids(judged) },
    }
  } finally {
    memory.stop()
    health.stop()
  }
}
