import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PING_INTERVAL_MS } from '../../protocol/limits.ts'
import { ROOT } from '../../server/local/root.ts'
import { saveUnitCosts } from '../capacity/keep.ts'
import { type CostName, KNOWN_COSTS } from '../capacity/unit-costs.ts'
import { machineInWords } from '../measure/machine.ts'
import { spreadOf } from '../measure/spread.ts'
import { bytesEach, type Outcome } from './outcome.ts'

const RESULTS = join(ROOT, 'loadtest', 'results')

export interface Kept {
  machine: string
  runs: (Outcome & { command: string })[]
}

/** With fewer users, the fluctuation of the processes' own memory dominates the cost per connection. */
const ENOUGH = 10_000

/** Adds a run to the results and stores the medians of the largest runs as unit costs. */
export function keep(outcome: Outcome, command: string, folder = RESULTS): void {
  const file = join(folder, 'connections.json')
  const machine = machineInWords()
  const before = standing(file)
  // Runs of different machines are not compared.
  const runs = [...(before?.machine === machine ? before.runs : []), { ...outcome, command }]
  writeFileSync(file, `${JSON.stringify({ machine, runs } satisfies Kept, rounded, 1)}\n`)
  // The CPU time of an idle connection is mostly pings.
  const usual = runs.filter(({ transport, pings }) => {
    return transport === 'websocket' && pings.intervalMs === PING_INTERVAL_MS
  })
  const most = Math.max(...usual.map(({ count }) => count), 0)
  if (most < ENOUGH) return
  const same = usual.filter(({ count }) => count === most)
  const date = same.at(-1)!.at.slice(0, 10)
  const costs = Object.entries(unitCostsOf(same)).map(([name, value]) => {
    const [unit] = KNOWN_COSTS[name as CostName]
    return [name, { value, unit, date, command: same[0]!.command }]
  })
  saveUnitCosts(join(folder, 'unit-costs.json'), { machine, costs: Object.fromEntries(costs) })
}

/** Medians. Each user is in two rooms here, so the Redis memory per user and room is half of that per user. */
export function unitCostsOf(runs: readonly Outcome[]): Partial<Record<CostName, number>> {
  const median = (figure: (outcome: Outcome) => number) => Number(spreadOf(runs.map(figure))!.median.toPrecision(3))
  // On average, half of the users are already connected and idle.
  const arrival = (part: 'nodes' | 'nginx') =>
    median(
      ({ arrivalCpu, arrivalSeconds, idleCpu, idleSeconds, count }) =>
        ((arrivalCpu[part] - (idleCpu[part] / idleSeconds) * (arrivalSeconds / 2)) / count) * 1e6,
    )
  return {
    'node.bytesEmpty': median(({ before, nodes }) => before.nodes / nodes),
    'node.bytesPerConnection': median((outcome) => bytesEach(outcome).nodes),
    'node.microsPerIdleSecond': median(
      ({ idleCpu, idleSeconds, count }) => (idleCpu.nodes / idleSeconds / count) * 1e6,
    ),
    // With two rooms, which costs slightly more than with one.
    'node.microsPerArrival': arrival('nodes'),
    'edge.microsPerArrival': arrival('nginx'),
    'edge.bytesPerConnection': median((outcome) => bytesEach(outcome).nginx),
    'kernel.bytesPerSocket': median((outcome) => bytesEach(outcome).kernelPerSocket),
    'redis.bytesPerConnection': median((outcome) => bytesEach(outcome).redis / 2),
  }
}

function standing(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value)
