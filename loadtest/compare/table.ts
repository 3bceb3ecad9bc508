import { columns } from '../bench/table.ts'
import type { Spread } from '../measure/spread.ts'
import { type Cell, cells, deliveriesPerSecond, MOST_DELIVERIES, skipped } from './cells.ts'
import { type Results, Summaries, type Summary } from './results.ts'

/** A column: heading, figure, divisor of its unit, and decimal places. */
export type Column = [head: string, figure: string, unit?: number, digits?: number]

export const TALK: Column[] = [
  ['p50 ms', 'p50', 1, 1],
  ['p95 ms', 'p95', 1, 1],
  ['p99 ms', 'p99', 1, 1],
  ['bytes up', 'upBytes'],
  ['bytes down', 'downBytes'],
  ['requests', 'requests', 1, 2],
  ['nodes µs', 'nodesMicros', 1, 1],
  ['nginx µs', 'edgeMicros', 1, 1],
  ['a packet', 'messagesPerPacket', 1, 1],
]
export const ARRIVE: Column[] = [
  ['joined ms', 'joinedMs', 1, 1],
  ['first message ms', 'firstMs', 1, 1],
  ['upgraded ms', 'upgradedMs', 1, 1],
  ['requests', 'requests', 1, 1],
  ['bytes up', 'sent'],
  ['bytes down', 'received'],
]
export const IDLE: Column[] = [
  ['node RSS kB', 'rssBytes', 1e3, 1],
  ['node heap kB', 'heapBytes', 1e3, 1],
  ['nginx RSS kB', 'edgeBytes', 1e3, 1],
  ['bytes a minute', 'bytesPerMinute'],
  ['requests a minute', 'requestsPerMinute', 1, 1],
  ['nodes µs a minute', 'nodesMicrosPerMinute'],
  ['nginx µs a minute', 'edgeMicrosPerMinute'],
]

const KINDS: [kind: Cell['kind'], title: string, columns: Column[]][] = [
  ['arrive', 'New connections: time since the first packet', ARRIVE],
  ['idle', 'Idle, per connection', IDLE],
  ['talk', 'Talking, per delivered message', TALK],
]

/** Formats the results for the terminal. */
export function table(results: Results): string {
  const summaries = new Summaries(results)
  const parts = KINDS.flatMap(([kind, title, kinds]) => {
    const rows = known(summaries, kind).map((summary) => [summary.cell, counts(summary), ...figures(summary, kinds)])
    return rows.length > 0 ? [`${title}\n${columns([['', 'counts', ...kinds.map(([head]) => head)], ...rows])}`] : []
  })
  return [...parts, preface(results)].join('\n\n')
}

const known = (summaries: Summaries, kind: Cell['kind']): Summary[] =>
  cells(false)
    .filter((cell) => cell.kind === kind)
    .flatMap((cell) => summaries.get(cell) ?? [])

const figures = (summary: Summary, kinds: Column[]): string[] =>
  kinds.map(([, figure, unit = 1, digits = 0]) => written(summary.of(figure), unit, digits))

export const counts = ({ complete, repetitions }: Summary): string => `${complete}/${repetitions}`

/** The median, followed by the range of the repetitions. */
export function written(spread: Spread | undefined, unit = 1, digits = 0): string {
  if (!spread) return '–'
  const write = (value: number) =>
    (value / unit).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const { median, least, most, count } = spread
  return count === 1 ? write(median) : `${write(median)} (${write(least)}–${write(most)})`
}

/** Measurement conditions. */
export function preface({ machine, settings, textChars, links, noLinks }: Results): string {
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const beyond = skipped.map(
    (load) => `${load.size} at ${load.rate}/s (${deliveriesPerSecond(load).toLocaleString('en')})`,
  )
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}; servers and clients on the same machine.`,
    `Two nodes on their defaults and ${set.join(', ')}, one Redis, one nginx. Texts of ${textChars} characters; every send is acknowledged.`,
    'Medians, followed by the range of the repetitions; a run counts if every delivery arrived in time.',
    `Not tried, for more than ${MOST_DELIVERIES.toLocaleString('en')} deliveries/s: ${beyond.join(', ')}.`,
    links
      ? `Slow links: ${links}; TCP with ${machine.congestionControl}.`
      : `Slow links: ${noLinks ? `none, since ${noLinks}` : 'not measured'}.`,
  ].join('\n')
}
