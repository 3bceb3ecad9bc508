import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../clients/transport.ts'
import { Histogram } from '../../measure/histogram.ts'
import type { AttackPool } from './attack-pool.ts'
import type { AttackStats } from './messages.ts'
import type { AttackerPlan } from './plan.ts'
import type { Measurement, Percentiles } from './result.ts'
import type { UserPool } from './user-pool.ts'

/** Time limit for attackers to connect before measuring starts. */
const CONNECT_WITHIN_MS = 12_000
const POLL_MS = 100

export interface MeasureOptions {
  users: UserPool
  attackers: AttackPool
  plans: readonly AttackerPlan[]
  target: Target
  seconds: number
  connectWithinMs?: number
  progress(stats: AttackStats): void
}

/** Attacks `target` while ordinary users send messages on the cluster. */
export async function measure({
  connectWithinMs = CONNECT_WITHIN_MS,
  ...options
}: MeasureOptions): Promise<Measurement> {
  const { users, attackers, plans, target, seconds, progress } = options
  users.talk()
  const began = performance.now()
  attackers.start(target, plans)
  let counting = false
  for (let end = began + connectWithinMs; performance.now() < end; await delay(POLL_MS)) {
    const stats = attackers.stats
    progress(stats)
    if (counting || stats.connected < plans.length || stats.attackers < plans.length) continue
    counting = true
    end = performance.now()
  }
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await delay(POLL_MS)) {
    progress(attackers.stats)
  }
  const elapsed = (performance.now() - began) / 1_000
  const attack = await attackers.stop()
  await users.quiet()
  const { acks, deliveries, newcomers, ...counts } = await users.report()
  const admitted = [...newcomers.admitted].sort((one, other) => one - other)
  return {
    ...counts,
    ...{ seconds: elapsed, ack: percentiles(acks), delivery: percentiles(deliveries) },
    newcomers: {
      ...{ admitted: admitted.length, refused: newcomers.refused },
      ...{ p50: Math.round(admitted[Math.floor(admitted.length / 2)] ?? 0), worst: Math.round(admitted.at(-1) ?? 0) },
    },
    ...{ attack, attackCores: attack.cpuSeconds / elapsed },
  }
}

function percentiles(packed: readonly number[]): Percentiles {
  const delays = new Histogram()
  delays.merge(packed)
  return { p50: delays.percentile(0.5), p99: delays.percentile(0.99) }
}
