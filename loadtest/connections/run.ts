import { setTimeout as delay } from 'node:timers/promises'
import { type RunningSystem, start } from '../systems/systems.ts'
import type { Attempt, Costs, Memory, Outcome } from './outcome.ts'
import { ALL_USERS, membersOf, type Plan, THOUSAND, WORKER_CONNECTIONS } from './plan.ts'
import { ConnectionPool } from './pool.ts'
import { kernelNow, pidsOfGroup, type Usage, usageOf } from './usage.ts'

export interface RunOptions {
  plan: Plan
  /** Maximum number of connections being opened at the same time. */
  arriving: number
  idleSeconds: number
  /** Folder for CPU profiles of the nodes; then no garbage collection is forced. */
  profile?: string
  /** Called with the current step. */
  step(what: string): void
}

/**
 * A node with many users gets four times V8's default young generation, so that fewer short-lived objects are promoted
 * and major collections are rarer. With 6,700 users per node it cost 85 MB and half the CPU time of an idle node.
 */
const LARGE = { visitors: 10_000, flags: '--max-semi-space-size=64' }

/** Time limit without progress. */
const TIMEOUT_MS = 60_000
const TO_THOUSAND = { messages: 12, everyMs: 400 }
const TO_ALL = { messages: 3, pauseMs: 200 }

/** Starts a cluster, connects all users, measures it idle and under messages, and returns the results. */
export async function run({ plan, arriving, idleSeconds, profile, step }: RunOptions): Promise<Outcome> {
  const { count, nodes, workers, pings } = plan
  step(`${nodes} nodes and ${workers} nginx workers start`)
  const system = await start('hubbub', {
    nodes,
    profile,
    env: { PING_INTERVAL_MS: `${pings.intervalMs}`, PING_TIMEOUT_MS: `${pings.timeoutMs}` },
    flags: count / nodes > LARGE.visitors ? LARGE.flags : '',
    edge: { WORKERS: `${workers}`, CONNECTIONS: `${WORKER_CONNECTIONS}` },
  })
  let visitors: ConnectionPool | undefined
  try {
    visitors = new ConnectionPool(plan)
    await visitors.ready()
    const before = await memoryOf(system, visitors)
    const cpuBefore = cpuOf(system, visitors)
    const began = performance.now()
    visitors.connect(system.edge!, arriving)
    await visitors.until(
      ({ live }) => live === count,
      TIMEOUT_MS,
      `${count} connections`,
      ({ live }) => {
        step(`${live.toLocaleString('en')} are connected after ${seconds(began).toFixed(0)} s`)
        return live
      },
    )
    const arrivalSeconds = seconds(began)
    const arrivalCpu = less(cpuOf(system, visitors), cpuBefore)

    step('settling')
    await delay(Math.min(2 * pings.intervalMs, 2_000 * idleSeconds))
    const idleBefore = cpuOf(system, visitors)
    step(`idle for ${idleSeconds} s`)
    await delay(idleSeconds * 1_000)
    const idleCpu = less(cpuOf(system, visitors), idleBefore)

    step('sending to a room of 1,000')
    const thousand = await talk(visitors, THOUSAND, count, TO_THOUSAND.messages, TO_THOUSAND.everyMs)
    step('sending to all users')
    const all: Attempt[] = []
    for (let i = 0; i < TO_ALL.messages; i++) {
      const number = TO_THOUSAND.messages + 1 + i
      all.push(await talk(visitors, ALL_USERS, count, 1, 0, number))
      await delay(TO_ALL.pauseMs)
    }

    step('measuring memory after garbage collection')
    const after = await memoryOf(system, visitors)
    const { live, lost, retries, why, nodes: on } = visitors.sum
    return {
      ...plan,
      at: new Date().toISOString(),
      arriving,
      ...{ arrivalSeconds, arrivalCpu, idleSeconds, idleCpu, live, lost, retries, on },
      ...(why && { why }),
      ...{ thousand, all, before, after },
    }
  } finally {
    step('disconnecting users')
    await visitors?.stop()
    await system.stop()
  }
}

const seconds = (began: number): number => (performance.now() - began) / 1_000

/** Sends messages at an interval, each from another user, until all members have received them. */
async function talk(
  connectionPool: ConnectionPool,
  room: string,
  count: number,
  messages: number,
  everyMs: number,
  first = 1,
): Promise<Attempt> {
  const deliveries = membersOf(room, count) * messages
  await connectionPool.heard()
  for (let i = 0; i < messages; i++) {
    connectionPool.send(room, first + i)
    if (everyMs > 0) await delay(everyMs)
  }
  const done = (sum: ConnectionPool['sum']) => sum.refused > 0 || (sum.heard >= deliveries && sum.accepted >= messages)
  await connectionPool.until(done, TIMEOUT_MS, `${deliveries} deliveries in ${room}`, ({ heard }) => heard)
  const { accepted, refused } = connectionPool.sum
  const { heard, twice, delays } = await connectionPool.heard()
  const [p50, p95, p99, slowest] = [0.5, 0.95, 0.99, 1].map((share) => delays.percentile(share))
  return { messages, deliveries, heard, twice, accepted, refused, p50: p50!, p95: p95!, p99: p99!, slowest: slowest! }
}

/** Memory by part; nodes after a full garbage collection. */
async function memoryOf(runningSystem: RunningSystem, visitors: ConnectionPool): Promise<Memory> {
  const heaps: number[] = []
  for (const node of runningSystem.nodes.keys()) heaps.push((await runningSystem.measure(node)).heapUsed)
  const parts = Object.entries(usages(runningSystem, visitors)).map(([name, { bytes }]) => [name, bytes])
  return { ...(Object.fromEntries(parts) as Costs), heaps: heaps.reduce((sum, heap) => sum + heap, 0), ...kernelNow() }
}

function cpuOf(system: RunningSystem, visitors: ConnectionPool): Costs {
  const parts = Object.entries(usages(system, visitors)).map(([name, { seconds }]) => [name, seconds])
  return Object.fromEntries(parts)
}

function usages(system: RunningSystem, visitors: ConnectionPool): Record<keyof Costs, Usage> {
  return {
    nodes: usageOf(system.nodes.map(({ pid }) => pid!)),
    redis: usageOf([system.redis!.pid!]),
    nginx: usageOf(pidsOfGroup(system.edgePart!.pid!, 'nginx')),
    visitors: usageOf(visitors.pids),
  }
}

function less(after: Costs, before: Costs): Costs {
  const { nodes, redis, nginx, visitors } = after
  return {
    nodes: nodes - before.nodes,
    redis: redis - before.redis,
    nginx: nginx - before.nginx,
    visitors: visitors - before.visitors,
  }
}
