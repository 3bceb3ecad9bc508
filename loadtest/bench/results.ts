import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { ROOT } from '../../server/local/root.ts'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { TEXT_CHARS } from '../measure/payload.ts'
import { type Spread, spreadOf } from '../measure/spread.ts'
import { HUBBUB_SETTINGS, SYSTEMS, type SystemName } from '../systems/systems.ts'
import type { Run, Setting } from './run.ts'

/** Content of a result file. */
export interface Results {
  machine: Machine
  /** Batching window of Hubbub in milliseconds, the same for every workload. */
  gatheringWindowMs: number
  /** Settings of Hubbub that differ from its defaults. */
  settings: Record<string, string>
  textChars: number
  quick: boolean
  runs: Run[]
}

export function results(runs: Run[], quick: boolean): Results {
  return {
    machine: thisMachine(),
    gatheringWindowMs: FANOUT_WINDOW_MS,
    settings: { ...HUBBUB_SETTINGS },
    textChars: TEXT_CHARS,
    quick,
    runs,
  }
}

/** The runs from which docs/fan-out.md is generated. */
export const RESULTS_FILE = join(ROOT, 'loadtest', 'results', 'bench.json')

export const readResults = (file: string): Results => JSON.parse(readFileSync(file, 'utf8'))

/** Result of one system in one setting, over its complete repetitions. */
export interface Summary extends Setting {
  contestant: SystemName
  complete: number
  repetitions: number
  why?: string
  /** Microseconds, all nodes together. */
  cpuPerDelivery?: Spread
  redisPerDelivery?: Spread
  edgePerDelivery?: Spread
  deliveriesPerSecond?: Spread
  p50?: Spread
  p95?: Spread
  p99?: Spread
  /** CPU share that the busiest node needs to keep up; above 1 it falls behind. */
  busiest?: Spread
  /** Bytes. */
  rss?: Spread
  heap?: Spread
  heardPerMessage?: Spread
  cpuShare?: Spread
}

export function summarize(runs: readonly Run[]): Summary[] {
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const key = [run.workload, run.nodes, run.transport, run.contestant].join(' ')
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map(summaryOf).sort(inOrder)
}

function summaryOf(runs: Run[]): Summary {
  const { workload, nodes, transport, contestant } = runs[0]!
  const good = runs.filter(({ complete }) => complete)
  const of = (figure: (run: Run) => number | undefined) =>
    spreadOf(good.map(figure).filter((value) => value !== undefined))
  const perDelivery = (seconds: (steady: NonNullable<Run['steady']>) => number) =>
    of(({ steady }) => steady && (seconds(steady) / steady.deliveries) * 1e6)
  return {
    ...{ workload, nodes, transport, contestant, complete: good.length, repetitions: runs.length },
    why: runs.find(({ complete }) => !complete)?.why,
    cpuPerDelivery: perDelivery(({ cpu }) => cpu.nodes.reduce((sum, used) => sum + used, 0)),
    redisPerDelivery: perDelivery(({ cpu }) => cpu.redis),
    edgePerDelivery: perDelivery(({ cpu }) => cpu.edge),
    deliveriesPerSecond: of(({ steady, most }) =>
      most ? most.deliveriesPerSecond : steady && steady.deliveries / steady.seconds,
    ),
    p50: of(({ steady }) => steady?.p50),
    p95: of(({ steady }) => steady?.p95),
    p99: of(({ steady }) => steady?.p99),
    busiest: of(({ steady }) => steady && Math.max(...steady.cpu.nodes) / steady.saidSeconds),
    rss: of(({ memory }) => memory?.rssBytes),
    heap: of(({ memory }) => memory?.heapBytes),
    heardPerMessage: of(({ elsewhere }) => elsewhere?.heardPerMessage),
    cpuShare: of(({ elsewhere }) => elsewhere?.cpuShare),
  }
}

function inOrder(one: Summary, other: Summary): number {
  return (
    one.nodes - other.nodes ||
    other.transport.localeCompare(one.transport) ||
    SYSTEMS.indexOf(one.contestant) - SYSTEMS.indexOf(other.contestant)
  )
}
