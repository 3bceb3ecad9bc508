import { type Counts, PEAKS, type Peaks, type Way } from '../../domain/journal.ts'
import { escapeHtml } from '../html.ts'
import { type Figure, figures } from './figures.ts'
import { formatBytes, formatDuration, formatNumber, timeElement } from './format.ts'
import { header, layout, toolbar } from './layout.ts'
import { lineChart } from './line-chart.ts'
import type { Load } from './load.ts'
import type { NodeNow, Report } from './reading.ts'
import { table } from './table.ts'
import { rangeNames, ranges } from './time-ranges.ts'

/** The report as an HTML page. It is complete without the script, which only refreshes it. */
export function reportPage(report: Report): string {
  const { asOf, range, totals } = report
  const since = totals.since > 0 ? `All nodes, since ${timeElement(totals.since)}, across restarts.` : 'No data yet.'
  const query = `?range=${range.name}`
  const body = `${header('Report', since)}
<main>
${toolbar(`<a href="/report.csv${query}" download>CSV</a> <a href="/report.json${query}">JSON</a>`)}
<div data-live="${ranges[range.name].refreshMs}">
<p class="faint">As of ${timeElement(asOf)}.</p>
<section aria-labelledby="totals"><h2 id="totals">Totals</h2>
${totalsList(report)}</section>
<section aria-labelledby="load"><h2 id="load">Load over time</h2>
<nav aria-label="Time range"><ul>${rangeNames.map((name) => `<li><a href="?range=${name}"${name === range.name ? ' aria-current="true"' : ''}>${ranges[name].label}</a></li>`).join('')}</ul></nav>
<p class="faint">${timeElement(range.from)} to ${timeElement(range.to)}, one point per ${formatDuration(range.binMs)}.</p>
<div class="plots">${figures.map((figure) => chartOf(figure, report)).join('\n')}</div></section>
<section aria-labelledby="peaks"><h2 id="peaks">Peaks</h2>
${peaksTable(totals.peaks)}</section>
<section aria-labelledby="ways"><h2 id="ways">By transport and dialect</h2>
${waysTable(report)}</section>
<section aria-labelledby="nodes"><h2 id="nodes">Nodes now</h2>
${nodesTable(report.nodes)}</section>
</div></main>`
  return layout('Report', body, { script: true })
}

function totalsList({ totals, process }: Report): string {
  const { connections, matches, messages, disconnects, errors, bytesIn, bytesOut } = totals
  const figures: [name: string, value: string, detail?: string][] = [
    ['Total Connections', formatNumber(connections)],
    ['Total Matches', formatNumber(matches)],
    ['Total Messages', formatNumber(messages)],
    ['Total Disconnects', formatNumber(disconnects)],
    ['Uptime', formatDuration(process.uptimeMs), 'of the oldest node'],
    ['Memory Usage', formatBytes(process.rssBytes), 'resident, all nodes'],
    ['Heap Used', formatBytes(process.heapBytes), 'all nodes'],
    ['CPU Cores', process.cores.join('–') || '–', 'available to each node'],
    [
      'Total Bandwidth (approx)',
      formatBytes(bytesIn + bytesOut),
      `${formatBytes(bytesIn)} in, ${formatBytes(bytesOut)} out`,
    ],
    ['Total Errors', formatNumber(errors)],
  ]
  const items = figures.map(
    ([name, value, detail]) =>
      `<div><dt>${name}</dt><dd>${value}${detail ? `<span class="faint">${detail}</span>` : ''}</dd></div>`,
  )
  return `<dl class="totals">${items.join('')}</dl>`
}

function chartOf(figure: Figure, { loads, shared, range }: Report): string {
  const named: [string, Map<number, Load>][] = figure.ofProcess && shared ? [['all nodes', shared]] : [...loads]
  const count = Math.round((range.to - range.from) / range.binMs)
  const times = Array.from({ length: count }, (_, i) => range.from + i * range.binMs)
  const lines = named.map(([name, line]) => ({ name, values: times.map((at) => line.get(at)?.[figure.field]) }))
  return lineChart({ ...figure, ...range, id: `plot-${figure.field}`, times, lines })
}

const peakNames: Record<keyof Peaks, [string, (value: number) => string]> = {
  connections: ['Concurrent connections', formatNumber],
  messagesPerSecond: ['Messages per second', formatNumber],
  bytesInPerSecond: ['Bytes in per second', formatBytes],
  bytesOutPerSecond: ['Bytes out per second', formatBytes],
  deliveriesPerSecond: ['Deliveries per second', formatNumber],
}

const peaksTable = (peaks: Peaks): string =>
  table({
    name: 'Peaks',
    heads: ['Metric', 'Peak', 'Time'],
    rows: PEAKS.map((of) => {
      const [name, format] = peakNames[of]
      const { value, at } = peaks[of]
      return [name, format(value), at > 0 ? timeElement(at) : '–']
    }),
  })

export const wayNames: Record<Way, string> = {
  websocket: 'Socket.IO, WebSocket',
  polling: 'Socket.IO, long-polling',
  text: 'Dialect text',
  json: 'Dialect json',
  events: 'Dialect events',
  strangers: 'Dialect strangers',
  rest: 'REST',
  http: 'Pages and other HTTP',
  node: 'Internal',
}

function waysTable({ totals, nodes }: Report): string {
  const open = (way: Way) => nodes.reduce((sum, node) => sum + (node.open?.[way] ?? 0), 0)
  const counts = ({ connections, disconnects, matches, messages, errors }: Counts) =>
    [connections, disconnects, matches, messages, errors].map(formatNumber)
  return table({
    name: 'By transport and dialect',
    heads: [
      'Transport',
      'Open now',
      'Connections',
      'Disconnects',
      'Matches',
      'Messages',
      'Errors',
      'Bytes in',
      'Bytes out',
    ],
    rows: (Object.keys(wayNames) as Way[]).map((way) => {
      const each = totals.by[way]
      return [
        wayNames[way],
        formatNumber(open(way)),
        ...counts(each),
        formatBytes(each.bytesIn),
        formatBytes(each.bytesOut),
      ]
    }),
  })
}

const nodesTable = (nodes: readonly NodeNow[]): string =>
  table({
    name: 'Nodes now',
    heads: ['Node', 'Up', 'Connections', 'Rooms', 'Memory', 'Heap', 'CPU', 'Event loop, p99'],
    rows: nodes.map(({ node, uptimeMs, connections, rooms, rssBytes, heapBytes, cpu, loopDelayMs }) => [
      escapeHtml(node),
      formatDuration(uptimeMs),
      formatNumber(connections),
      formatNumber(rooms),
      formatBytes(rssBytes),
      heapBytes === undefined ? '–' : formatBytes(heapBytes),
      cpu === undefined ? '–' : `${formatNumber(cpu * 100)} %`,
      `${formatNumber(loopDelayMs)} ms`,
    ]),
  })
