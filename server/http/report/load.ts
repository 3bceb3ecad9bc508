import { type Histogram, mergeHistograms, percentile } from '../../domain/histogram.ts'
import type { Sample } from '../../domain/journal.ts'

/** The load of one node, or of several together, in one time bin. Unknown figures are absent. */
export interface Load {
  /** Maximum of the open connections at the ends of the samples. */
  connections: number
  messagesPerSecond: number
  deliveriesPerSecond: number
  bytesInPerSecond: number
  bytesOutPerSecond: number
  /** 99th percentile of the time from stored to written to the connections. */
  deliveryP99Ms?: number
  /** 99th percentile of the time from received to stored. */
  appendP99Ms?: number
  /** 99th percentile of the event-loop delay in the worst second. */
  loopDelayMs: number
  rssBytes: number
  heapBytes: number
  /** CPU seconds per second. */
  cpu: number
}

export const LOAD_FIGURES = [
  'connections',
  'messagesPerSecond',
  'deliveriesPerSecond',
  'bytesInPerSecond',
  'bytesOutPerSecond',
  'deliveryP99Ms',
  'appendP99Ms',
  'loopDelayMs',
  'rssBytes',
  'heapBytes',
  'cpu',
] as const satisfies readonly (keyof Load)[]

/** A load together with its histograms, so that bins can be merged. */
interface Bin {
  load: Load
  delivery: Histogram
  append: Histogram
}

/** Line name (a node, or "N others") → start of the bin in Unix milliseconds → load. */
export type Loads = Map<string, Map<number, Load>>

/** Maximum number of distinguishable lines in a chart; the nodes beyond it are merged into one line. */
export const MAX_LINES = 8

/**
 * Groups samples by node and into bins of `binMs`. Of more than MAX_LINES nodes, the most recently seen ones have a line
 * each, and the others are merged into one.
 */
export function loadsOf(samples: readonly Sample[], binMs: number): Loads {
  const nodes = byNode(samples)
  const names = [...nodes.keys()].sort(new Intl.Collator('en', { numeric: true }).compare)
  const lastSeen = (name: string) => nodes.get(name)!.at(-1)!.at
  const shown =
    names.length <= MAX_LINES
      ? names
      : names.toSorted((one, other) => lastSeen(other) - lastSeen(one)).slice(0, MAX_LINES - 1)
  const rest = names.filter((name) => !shown.includes(name))
  const binned = (name: string) => binsOf(nodes.get(name)!, binMs)
  const loads: Loads = new Map()
  for (const name of names) if (shown.includes(name)) loads.set(name, loadsIn(binned(name)))
  if (rest.length > 0) loads.set(`${rest.length} others`, loadsIn(sumBins(rest.map(binned))))
  return loads
}

function byNode(samples: readonly Sample[]): Map<string, Sample[]> {
  const nodes = new Map<string, Sample[]>()
  for (const sample of samples) {
    const known = nodes.get(sample.node)
    if (known) known.push(sample)
    else nodes.set(sample.node, [sample])
  }
  return nodes
}

function binsOf(samples: readonly Sample[], binMs: number): Map<number, Bin> {
  const bins = new Map<number, Sample[]>()
  for (const sample of samples) {
    const at = Math.floor(sample.at / binMs) * binMs
    bins.set(at, [...(bins.get(at) ?? []), sample])
  }
  return new Map([...bins].map(([at, within]) => [at, binOf(within)]))
}

/** The bin of one node: rates over the time that its samples cover, maxima of everything else. */
function binOf(samples: readonly Sample[]): Bin {
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0)
  const max = (of: (sample: Sample) => number) => Math.max(...samples.map(of))
  const seconds = sum(({ coveredMs }) => coveredMs) / 1_000
  const rate = (of: (sample: Sample) => number) => (seconds > 0 ? sum(of) / seconds : 0)
  return {
    load: {
      connections: max(openConnections),
      messagesPerSecond: rate(({ messages }) => messages),
      deliveriesPerSecond: rate(({ deliveries }) => deliveries),
      bytesInPerSecond: rate(({ bytesIn }) => bytesIn),
      bytesOutPerSecond: rate(({ bytesOut }) => bytesOut),
      loopDelayMs: max(({ loopDelayMs }) => loopDelayMs),
      rssBytes: max(({ rssBytes }) => rssBytes),
      heapBytes: max(({ heapBytes }) => heapBytes),
      cpu: seconds > 0 ? sum(({ cpu, coveredMs }) => (cpu * coveredMs) / 1_000) / seconds : 0,
    },
    delivery: mergeHistograms(samples.map(({ delivery }) => delivery)),
    append: mergeHistograms(samples.map(({ append }) => append)),
  }
}

const openConnections = ({ open }: Sample): number => Object.values(open).reduce((total, count) => total + count, 0)

/** Merges the bins of several nodes: figures are summed, delays are the maximum. */
function sumBins(nodes: readonly Map<number, Bin>[]): Map<number, Bin> {
  const all = new Map<number, Bin[]>()
  for (const bins of nodes) for (const [at, bin] of bins) all.set(at, [...(all.get(at) ?? []), bin])
  return new Map([...all].map(([at, bins]) => [at, mergeBins(bins)]))
}

function mergeBins(bins: readonly Bin[]): Bin {
  const sum = (of: (load: Load) => number) => bins.reduce((total, { load }) => total + of(load), 0)
  return {
    load: {
      connections: sum(({ connections }) => connections),
      messagesPerSecond: sum(({ messagesPerSecond }) => messagesPerSecond),
      deliveriesPerSecond: sum(({ deliveriesPerSecond }) => deliveriesPerSecond),
      bytesInPerSecond: sum(({ bytesInPerSecond }) => bytesInPerSecond),
      bytesOutPerSecond: sum(({ bytesOutPerSecond }) => bytesOutPerSecond),
      loopDelayMs: Math.max(...bins.map(({ load }) => load.loopDelayMs)),
      rssBytes: sum(({ rssBytes }) => rssBytes),
      heapBytes: sum(({ heapBytes }) => heapBytes),
      cpu: sum(({ cpu }) => cpu),
    },
    delivery: mergeHistograms(bins.map(({ delivery }) => delivery)),
    append: mergeHistograms(bins.map(({ append }) => append)),
  }
}

const loadsIn = (bins: ReadonlyMap<number, Bin>): Map<number, Load> =>
  new Map(
    [...bins].map(([at, { load, delivery, append }]) => [
      at,
      { ...load, deliveryP99Ms: percentile(delivery, 0.99), appendP99Ms: percentile(append, 0.99) },
    ]),
  )
