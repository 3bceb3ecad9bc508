import type { Spread } from '../measure/spread.ts'
import { TITLES } from '../systems/systems.ts'
import { verdicts } from './goals.ts'
import { type Results, type Summary, summarize } from './results.ts'
import { WORKLOADS } from './workloads.ts'

/** Formats the results for the terminal. */
export function table(results: Results): string {
  const summaries = summarize(results.runs)
  const parts = figures(summaries).map(({ title, head, rows }) => `${title}\n${columns([head, ...rows])}`)
  return [...parts, goals(summaries), preface(results).join('\n')].join('\n\n')
}

/** One section per workload. */
export function figures(summaries: readonly Summary[]) {
  return WORKLOADS.flatMap(({ name, title }) => {
    const rows = summaries.filter(({ workload }) => workload === name)
    return rows.length > 0 ? [{ title, head: heads(rows[0]!), rows: rows.map(row) }] : []
  })
}

/** Measurement conditions, in sentences. */
export function preface({ machine, gatheringWindowMs, settings, textChars, quick }: Results): string[] {
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return [
    `Batching window of Hubbub, in every workload: ${gatheringWindowMs} ms. Texts of ${textChars} characters; every send is acknowledged.`,
    `Hubbub on its defaults and ${set.join(', ')}; default rate limits, since there are many senders.`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, servers and clients on the same machine.`,
    'Medians, followed by the range of the repetitions; a run counts if every delivery arrived and nothing was refused.',
    ...(quick ? ['A quick run: short and not repeated, so only an estimate.'] : []),
  ]
}

function goals(summaries: readonly Summary[]): string {
  const rows = judged(summaries)
  if (rows.length === 0) return 'Goals: none is covered by these runs.'
  return `Goals\n${columns([JUDGED, ...rows])}`
}

export const JUDGED = ['', 'goal', 'where', 'reached', 'wanted']
export const judged = (summaries: readonly Summary[]): string[][] =>
  verdicts(summaries).map(({ goal, setting, reached, wanted, met, over }) => {
    return [met ? 'met' : `missed by ${(over * 100).toFixed(0)} %`, goal, setting, reached, wanted]
  })

function heads({ workload }: Summary): string[] {
  const begin = ['nodes', 'transport', 'system', 'counts']
  if (workload === 'memory') return [...begin, 'RSS kB', 'heap kB']
  if (workload.startsWith('most')) return [...begin, 'deliveries/s']
  const more = workload === 'elsewhere' ? ['heard/message', 'CPU share'] : []
  const edge = workload.endsWith('edge') ? ['nginx µs'] : []
  return [...begin, 'µs/delivery', 'Redis µs', ...edge, 'deliveries/s', 'p50 ms', 'p95 ms', 'p99 ms', ...more]
}

function row(summary: Summary): (string | undefined)[] {
  const { workload, nodes, transport, contestant, complete, repetitions } = summary
  const begin = [`${nodes}`, transport, TITLES[contestant], `${complete}/${repetitions}`]
  if (complete === 0) return [...begin, summary.why ?? '']
  if (workload === 'memory') return [...begin, thousands(summary.rss), thousands(summary.heap)]
  if (workload.startsWith('most')) return [...begin, figure(summary.deliveriesPerSecond, 0)]
  const more = workload === 'elsewhere' ? [figure(summary.heardPerMessage, 2), figure(summary.cpuShare, 3)] : []
  const edge = workload.endsWith('edge') ? [figure(summary.edgePerDelivery, 2)] : []
  const { cpuPerDelivery, redisPerDelivery, deliveriesPerSecond, p50, p95, p99 } = summary
  return [
    ...[...begin, figure(cpuPerDelivery, 2), figure(redisPerDelivery, 2), ...edge, figure(deliveriesPerSecond, 0)],
    ...[figure(p50, 1), figure(p95, 1), figure(p99, 1), ...more],
  ]
}

const thousands = (spread?: Spread) =>
  spread && figure({ ...spread, median: spread.median / 1e3, least: spread.least / 1e3, most: spread.most / 1e3 }, 1)

function figure(spread: Spread | undefined, digits: number): string {
  if (!spread) return '–'
  const write = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const { median, least, most, count } = spread
  return count === 1 ? write(median) : `${write(median)} (${write(least)}–${write(most)})`
}

/** Aligns columns, separated by two spaces. */
export function columns(rows: readonly (readonly (string | undefined)[])[]): string {
  const widths: number[] = []
  for (const cells of rows) {
    // The last column is not padded.
    for (const [c, cell = ''] of cells.slice(0, -1).entries()) widths[c] = Math.max(widths[c] ?? 0, cell.length)
  }
  const line = (cells: readonly (string | undefined)[]) =>
    `  ${cells.map((cell = '', c) => (c < cells.length - 1 ? cell.padEnd(widths[c]!) : cell)).join('  ')}`.trimEnd()
  return rows.map(line).join('\n')
}
