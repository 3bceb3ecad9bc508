import type { Traffic } from '../clients/transport.ts'
import { secondsOf, secondsOfGroup } from '../measure/cpu-time.ts'
import type { RunningSystem } from '../systems/systems.ts'

interface Processor {
  nodesCpu: number
  edgeCpu: number
  redisCpu: number
}

/** CPU time used so far by each part (user and system), seconds. */
export function processorOf({ nodes, redis, edgePart }: RunningSystem): Processor {
  return {
    nodesCpu: nodes.reduce((sum, { pid }) => sum + secondsOf(pid ?? 0), 0),
    edgeCpu: edgePart?.pid ? secondsOfGroup(edgePart.pid, 'nginx') : 0,
    redisCpu: redis?.pid ? secondsOf(redis.pid) : 0,
  }
}

type Spent = Processor & Traffic & { cpu: number }

/** Difference between two samples; `cpu` is that of the clients. */
export function spent(before: Spent, after: Spent): Record<string, number> {
  const names = ['nodesCpu', 'edgeCpu', 'redisCpu', 'cpu', 'sent', 'received', 'polls', 'posts', 'upgrades'] as const
  return Object.fromEntries(names.map((name) => [name === 'cpu' ? 'clientsCpu' : name, after[name] - before[name]]))
}
