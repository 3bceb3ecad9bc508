import type { NodeStats } from '../../../protocol/stats.ts'
import type { Sample, Totals } from '../../domain/journal.ts'
import type { Store } from '../../domain/ports.ts'
import { type Load, type Loads, loadsOf } from './load.ts'
import { type RangeName, ranges } from './time-ranges.ts'

/** The data of the report page, JSON and CSV. Times are Unix milliseconds of the store's clock. */
export interface Report {
  asOf: number
  range: { name: RangeName; from: number; to: number; binMs: number }
  totals: Totals
  nodes: NodeNow[]
  process: { uptimeMs: number; rssBytes: number; heapBytes: number; cores: number[] }
  loads: Loads
  /** The load of the process that all nodes share; undefined if each node is a process. */
  shared?: Map<number, Load>
}

/** A node with a valid lease and its latest figures; figures that it has not reported yet are absent. */
export interface NodeNow extends NodeStats {
  heapBytes?: number
  cpu?: number
  cores?: number
  open?: Sample['open']
}

/** How far back a node's latest sample is searched for; nodes report far more often. */
const LATEST_SAMPLE_WINDOW_MS = 120_000

/** `oneProcess`: all nodes run in one process, whose memory is then counted once. */
export async function readReport(store: Store, name: RangeName, oneProcess: boolean): Promise<Report> {
  const { spanMs, stepMs, binMs } = ranges[name]
  const asOf = Math.round(store.now())
  // The range ends with the current bin, so that points do not move from one refresh to the next.
  const to = Math.ceil((asOf + 1) / binMs) * binMs
  const from = to - spanMs
  const [totals, stats, samples, latest] = await Promise.all([
    store.archive.totals(),
    store.nodes.list(),
    store.archive.series({ stepMs, from, to }),
    store.archive.series({ stepMs: 10_000, from: asOf - LATEST_SAMPLE_WINDOW_MS, to: asOf + LATEST_SAMPLE_WINDOW_MS }),
  ])
  const nodes = stats.map((each) => ({ ...each, ...latestFields(latest.findLast(({ node }) => node === each.node)) }))
  const loads = loadsOf(samples, binMs)
  return {
    asOf,
    range: { name, from, to, binMs },
    totals,
    nodes,
    process: processNow(nodes, oneProcess),
    loads,
    ...(oneProcess && { shared: sharedLoad(loads) }),
  }
}

function latestFields(sample: Sample | undefined) {
  if (!sample) return {}
  const { heapBytes, cpu, cores, open } = sample
  return { heapBytes, cpu, cores, open }
}

function processNow(nodes: NodeNow[], oneProcess: boolean): Report['process'] {
  const values = (of: (node: NodeNow) => number | undefined) => nodes.map(of).filter((value) => value !== undefined)
  const whole = (of: (node: NodeNow) => number | undefined) =>
    oneProcess ? Math.max(0, ...values(of)) : values(of).reduce((sum, value) => sum + value, 0)
  return {
    uptimeMs: Math.max(0, ...values(({ uptimeMs }) => uptimeMs)),
    rssBytes: whole(({ rssBytes }) => rssBytes),
    heapBytes: whole(({ heapBytes }) => heapBytes),
    cores: [...new Set(values(({ cores }) => cores))].sort((one, other) => one - other),
  }
}

/** The load of the process that all nodes run in: per bin, the sample with the highest memory. */
function sharedLoad(loads: Loads): Map<number, Load> {
  const shared = new Map<number, Load>()
  for (const line of loads.values()) {
    for (const [at, load] of line) {
      const known = shared.get(at)
      if (!known || load.rssBytes > known.rssBytes) shared.set(at, load)
    }
  }
  return new Map([...shared].sort(([one], [other]) => one - other))
}
