import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCluster } from '../server/local/cluster.ts'
import { Swarm } from './swarm/swarm.ts'

export interface StormOptions {
  clients: number
  nodes: number
  roomSize: number
  /** Of each room, a message every so many milliseconds. */
  everyMs: number
  say(line: string): void
}

export interface StormResult {
  /** Live when the node was killed, and how many of them on it. */
  clients: number
  lost: number
  /** From the kill until all are live again. */
  allLiveMs: number
  /** Send-to-delivery of those who never left, before the kill and from the kill until 5 s after all were live. */
  before: { p50: number; p99: number; deliveries: number }
  during: { p50: number; p99: number; deliveries: number }
}

const CALM_MS = 5_000
const PATIENCE_MS = 120_000

/** Kills one of several nodes under thousands of clients, and measures what the others and the lost ones see of it. */
export async function storm({ clients, nodes, roomSize, everyMs, say }: StormOptions): Promise<StormResult> {
  const env = { GUESTS_PER_SECOND: '100000', LOG_LEVEL: 'error' }
  const edgeEnv = { WORKERS: `${Math.max(4, Math.ceil(clients / 4_000))}` }
  const cluster = await startCluster({ nodes, host: '127.0.0.1', restart: false, env, edgeEnv })
  let swarm: Swarm | undefined
  try {
    say(`${nodes} nodes behind ${cluster.url}; ${clients} clients arrive`)
    swarm = new Swarm({ url: cluster.url.replace('http', 'ws'), clients, roomSize, perSecond: 500, everyMs })
    await swarm.until(({ live }) => live === clients, PATIENCE_MS)
    say(`all are live: ${JSON.stringify(swarm.state.nodes)}`)
    swarm.afresh()
    await delay(CALM_MS)
    const before = figures(swarm)

    const { nodes: on, losses } = swarm.state
    const clientsOn = ({ name }: { name: string }) => on[name] ?? 0
    // The worst that can happen: the edge fills nodes about evenly only.
    const victim = [...cluster.nodes].sort((one, other) => clientsOn(other) - clientsOn(one))[0]
    const lost = clientsOn(victim!)
    swarm.afresh()
    victim!.kill('SIGKILL')
    const at = performance.now()
    say(`kill -9 ${victim!.name}, with ${lost} clients on it`)
    await swarm.until((state) => state.losses - losses >= lost && state.live === clients, PATIENCE_MS)
    const allLiveMs = Math.round(performance.now() - at)
    await delay(CALM_MS)
    return { clients, lost, allLiveMs, before, during: figures(swarm) }
  } finally {
    await swarm?.leave()
    await cluster.stop()
  }
}

function figures({ state: { latencies } }: Swarm) {
  return { p50: latencies.percentile(0.5), p99: latencies.percentile(0.99), deliveries: latencies.size }
}

/** What docs/guarantees.md promises of it. */
export const STORM_LIVE_MS = 20_000
export const STORM_P99_MS = 1_000

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '15000' },
      nodes: { type: 'string', default: '3' },
      room: { type: 'string', default: '50' },
      every: { type: 'string', default: '2000' },
    },
  })
  const [clients, nodes, roomSize, everyMs] = [values.clients, values.nodes, values.room, values.every].map(Number)
  if (![clients, nodes, roomSize, everyMs].every((value) => Number.isInteger(value) && value! > 0)) {
    console.error(
      'Usage: npm run storm -- [--clients 15000] [--nodes 3] [--room 50] [--every 2000]; whole numbers above 0.',
    )
    process.exit(1)
  }
  const say = (line: string) => console.log(line)
  const result = await storm({ clients: clients!, nodes: nodes!, roomSize: roomSize!, everyMs: everyMs!, say })
  const { lost, allLiveMs, before, during } = result
  say(
    `all live again after   ${(allLiveMs / 1_000).toFixed(1)} s   (promised: ${STORM_LIVE_MS / 1_000} s; ${lost} had lost their node)`,
  )
  say(`delivery before        p50 ${before.p50} ms   p99 ${before.p99} ms   (${before.deliveries} deliveries)`)
  say(
    `of those who stayed    p50 ${during.p50} ms   p99 ${during.p99} ms   (promised: p99 ${STORM_P99_MS} ms; ${during.deliveries} deliveries)`,
  )
  process.exitCode = allLiveMs <= STORM_LIVE_MS && during.p99 <= STORM_P99_MS ? 0 : 1
}

if (process.argv[1]?.endsWith('storm.js')) await main()
