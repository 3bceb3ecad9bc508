import { LOAD_FIGURES } from './load.ts'
import type { NodeNow, Report } from './reading.ts'

/** The report as JSON: times in ISO 8601, sizes in bytes, durations in milliseconds, CPU in cores. */
export function reportJson({ asOf, range, totals, nodes, process, loads }: Report) {
  const { since, deliveries, peaks, by, ...counts } = totals
  return {
    asOf: iso(asOf),
    since: since > 0 ? iso(since) : null,
    totals: {
      ...counts,
      deliveries,
      bandwidthBytes: counts.bytesIn + counts.bytesOut,
      uptimeMs: process.uptimeMs,
      memoryBytes: process.rssBytes,
      heapUsedBytes: process.heapBytes,
      cpuCores: process.cores,
    },
    peaks: Object.fromEntries(
      Object.entries(peaks).map(([name, { value, at }]) => [name, { value, at: at > 0 ? iso(at) : null }]),
    ),
    by,
    nodes: nodes.map(nodeJson),
    range: { name: range.name, from: iso(range.from), to: iso(range.to), stepMs: range.binMs },
    series: [...loads].flatMap(([node, line]) => [...line].map(([at, load]) => ({ at: iso(at), node, ...load }))),
  }
}

const nodeJson = ({ acceptedPerSecond: _, ...node }: NodeNow) => node

/** The report as rows with one value each, for pivot tables; the first row is COLUMNS. */
export function reportRows(report: Report): (string | number | undefined)[][] {
  const { asOf, since, totals, peaks, by, nodes, series } = reportJson(report)
  const { cpuCores, ...numbers } = totals
  return [
    [...COLUMNS],
    ...Object.entries(numbers).map(([name, value]) => ['total', name, '', asOf, value]),
    ...cpuCores.map((cores) => ['total', 'cpuCores', '', asOf, cores]),
    ['total', 'since', '', since ?? '', undefined],
    ...Object.entries(peaks).map(([name, { value, at }]) => ['peak', name, '', at ?? '', value]),
    ...Object.entries(by).flatMap(([way, counts]) =>
      Object.entries(counts).map(([name, value]) => ['way', name, way, asOf, value]),
    ),
    ...nodes.flatMap((node) =>
      Object.entries(node).flatMap(([name, value]) =>
        typeof value === 'number' ? [['node', name, node.node, asOf, value]] : [],
      ),
    ),
    ...series
      .flatMap((point) => LOAD_FIGURES.map((name) => ['load', name, point.node, point.at, point[name]]))
      .filter(([, , , , value]) => value !== undefined),
  ]
}

/** `of` is a transport or dialect in the section `way`, and a node in `node` and `load`. `at` is ISO 8601. */
const COLUMNS = ['section', 'name', 'of', 'at', 'value'] as const

const iso = (at: number): string => new Date(at).toISOString()
