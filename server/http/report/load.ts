import { addUp, type Histogram, percentile } from '../../domain/histogram.ts'
import type { Sample } from '../../domain/journal.ts'

/** What a node, or several together, did in one stretch of time. What is not known is left out. */
export interface Load {
  /** The most that were open at the end of a sample. */
  connections: number
  messagesPerSecond: number
  deliveriesPerSecond: number
  bytesInPerSecond: number
  bytesOutPerSecond: number
  /** From stored to handed to the connections: 99 of 100 took at most this. */
  deliveryP99Ms?: number
  /** From draft to stored. */
  appendP99Ms?: number
  /** The worst second's 99th percentile. */
  loopDelayMs: number
  rssBytes: number
  heapBytes: number
  /** Seconds of CPU a second. */
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

/** A load that can still be added to others. */
interface Bin {
  load: Load
  delivery: Histogram
  append: Histogram
}

/** The loads of each line, by the stretch that they begin in. */
export type Loads = Map<string, Map<number, Load>>

/** So many lines can be told apart in one plot; nodes beyond that are drawn as one. */
export const MAX_LINES = 8

/** By node, each in stretches of `binMs`; of more than LINES_MOST nodes, those that were seen last and one for the rest. */
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

/** Of one node: rates are over the time that its samples cover, everything else is the most of it. */
function binOf(samples: readonly Sample[]): Bin {
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0)
  const most = (of: (sample: Sample) => number) => Math.max(...samples.map(of))
  const seconds = sum(({ coveredMs }) => coveredMs) / 1_000
  const rate = (of: (sample: Sample) => number) => (seconds > 0 ? sum(of) / seconds : 0)
  return {
    load: {
      connections: most(openConnections),
      messagesPerSecond: rate(({ messages }) => messages),
      deliveriesPerSecond: rate(({ deliveries }) => deliveries),
      bytesInPerSecond: rate(({ bytesIn }) => bytesIn),
      bytesOutPerSecond: rate(({ bytesOut }) => bytesOut),
      loopDelayMs: most(({ loopDelayMs }) => loopDelayMs),
      rssBytes: most(({ rssBytes }) => rssBytes),
      heapBytes: most(({ heapBytes }) => heapBytes),
      cpu: seconds > 0 ? sum(({ cpu, coveredMs }) => (cpu * coveredMs) / 1_000) / seconds : 0,
    },
    delivery: addUp(samples.map(({ delivery }) => delivery)),
    append: addUp(samples.map(({ append }) => append)),
  }
}

const openConnections = ({ open }: Sample): number => Object.values(open).reduce((total, count) => total + count, 0)

/** Several nodes as one: what they did adds up, how late they were is that of the latest. */
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
    delivery: addUp(bins.map(({ delivery }) => delivery)),
    append: addUp(bins.map(({ append }) => append)),
  }
}

const loadsIn = (bins: ReadonlyMap<number, Bin>): Map<number, Load> =>
  new Map(
    [...bins].map(([at, { load, delivery, append }]) => [
      at,
      { ...load, deliveryP99Ms: percentile(delivery, 0.99), appendP99Ms: percentile(append, 0.99) },
    ]),
  )
