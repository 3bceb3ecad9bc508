import { setTimeout as delay } from 'node:timers/promises'
import { residentOfGroup } from '../measure/cpu-time.ts'
import type { RunningSystem } from '../systems/systems.ts'
import type { Cell } from './cells.ts'
import type { MeasureContext, Measured } from './place.ts'
import { processorOf, spent } from './spent.ts'
import { membersOf, poolOf } from './talk.ts'

const SIZE = 50
/** Until the memory used for connecting is released. */
const SETTLE_MS = 10_000

/** Idle connections in rooms of 50: memory and heartbeat cost of each. */
export async function idle(cell: Extract<Cell, { kind: 'idle' }>, context: MeasureContext): Promise<Measured> {
  const { system } = context
  const benchPool = poolOf(context, cell.mode, membersOf({ rooms: cell.clients / SIZE, size: SIZE }))
  try {
    const empty = await memoryOf(system)
    await benchPool.connect()
    await delay(SETTLE_MS)
    await benchPool.reset()
    const before = { ...benchPool.sum, ...processorOf(system) }
    await delay(cell.seconds * 1_000)
    await benchPool.reset()
    const after = { ...benchPool.sum, ...processorOf(system) }
    const full = await memoryOf(system)
    const { live, refused, lost, why } = benchPool.sum
    return {
      complete: refused === 0 && lost === 0 && live === cell.clients,
      ...(why !== undefined && { why }),
      figures: {
        ...{ clients: live, seconds: cell.seconds },
        ...spent(before, after),
        rssBytes: (full.rss - empty.rss) / live,
        heapBytes: (full.heap - empty.heap) / live,
        edgeBytes: (full.edge - empty.edge) / live,
      },
    }
  } finally {
    await benchPool.stop()
  }
}

/** Memory of all nodes after a full garbage collection, and of nginx. */
async function memoryOf(runningSystem: RunningSystem): Promise<{ rss: number; heap: number; edge: number }> {
  const nodes = await Promise.all(runningSystem.nodes.map((_, n) => runningSystem.measure(n)))
  return {
    rss: nodes.reduce((sum, { rss }) => sum + rss, 0),
    heap: nodes.reduce((sum, { heapUsed }) => sum + heapUsed, 0),
    edge: runningSystem.edgePart?.pid ? residentOfGroup(runningSystem.edgePart.pid, 'nginx') : 0,
  }
}
