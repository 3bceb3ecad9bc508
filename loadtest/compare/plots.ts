import type { Spread } from '../measure/spread.ts'
import { bars, type Group } from '../report/bar-chart.ts'
import { curves, type Panel } from '../report/line-chart.ts'
import { type Cell, LINKS, RATES, SIZES, WAYS, WINDOWS } from './cells.ts'
import { drawn, picture } from './picture.ts'
import { type Results, Summaries } from './results.ts'

export const NAMES = { websocket: 'WebSocket', polling: 'long-polling', upgraded: 'upgraded' } as const

/** All charts with data, by file name. */
export function plots(results: Results): Record<string, { title: string; svg: string }> {
  const summaries = new Summaries(results)
  const made = [...TALK, ...BARS].flatMap(([name, title, draw]) => {
    const drawing = draw(summaries)
    return drawing ? [[`transports-${name}.svg`, { title, svg: picture(title, drawing) }] as const] : []
  })
  return Object.fromEntries(made)
}

type Plot = [name: string, title: string, draw: (summaries: Summaries) => ReturnType<typeof drawn> | undefined]

const TALK: Plot[] = [
  ['delay', 'Send to delivery, 99th percentile, ms', (summaries) => overRates(summaries, 'p99')],
  [
    'processor',
    'Processor time of nodes and nginx for each message that somebody hears, µs',
    (s) => overRates(s, 'serverMicros'),
  ],
  ['bytes', 'Bytes both ways at the edge for each message that somebody hears', (s) => overRates(s, 'bytes')],
  ['requests', 'HTTP requests for each message that somebody hears', (s) => overRates(s, 'requests', ['polling'])],
]

const BARS: Plot[] = [
  [
    'first-message',
    'From the first packet to the first message',
    (s) => overLinks(s, 'firstMs', (ms) => `${ms.toFixed(0)} ms`),
  ],
  ['memory', 'Memory for a connection at rest', (s) => atRest(s)],
]

/** One panel per room size; one curve per transport, with and without batching. */
function overRates(summaries: Summaries, figure: string, ways: readonly Cell['way'][] = WAYS) {
  const panels = SIZES.map((size): Panel => {
    const curves = WINDOWS.flatMap((windowMs) =>
      ways.map((way) => {
        const points = RATES.flatMap((rate) => {
          // The key of a cell does not depend on its duration or number of rooms.
          const cell: Cell = { kind: 'talk', way, windowMs, size, rate, rooms: 1, seconds: 1 }
          const y = summaries.get(cell)?.of(figure)
          return y && y.median > 0 ? [{ x: rate, y }] : []
        })
        const label = windowMs > 0 ? NAMES[way] : `${NAMES[way]}, not gathered`
        return { label, colour: WAYS.indexOf(way as 'websocket'), dashed: windowMs === 0, points }
      }),
    )
    return { label: `rooms of ${size}`, curves: curves.filter(({ points }) => points.length > 0) }
  }).filter(({ curves }) => curves.length > 0)
  return panels.length > 0 ? curves(panels, { x: 'messages a second from each', xs: RATES }) : undefined
}

function overLinks(summaries: Summaries, figure: string, write: (value: number) => string) {
  const groups = [undefined, ...LINKS.map(({ name }) => name)].map((link): Group => {
    const label = link === undefined ? 'this machine' : `behind ${link}`
    return { label, bars: barsOf((way) => summaries.get({ kind: 'arrive', way, link, times: 1 })?.of(figure)) }
  })
  return drawnBars('first message', groups, write)
}

function atRest(summaries: Summaries) {
  const part = (label: string, figure: string): Group => ({
    label,
    bars: barsOf((way) => summaries.get({ kind: 'idle', way, clients: 1, seconds: 1 })?.of(figure)),
  })
  const groups = [
    part('node, resident', 'rssBytes'),
    part('node, heap', 'heapBytes'),
    part('nginx, resident', 'edgeBytes'),
  ]
  return drawnBars('memory', groups, (bytes) => `${(bytes / 1e3).toFixed(1)} kB`)
}

function barsOf(of: (way: Cell['way']) => Spread | undefined): Group['bars'] {
  return WAYS.flatMap((way, colour) => {
    const value = of(way)
    return value ? [{ label: NAMES[way], colour, value }] : []
  })
}

function drawnBars(title: string, groups: Group[], write: (value: number) => string) {
  const known = groups.filter(({ bars }) => bars.length > 0)
  return known.length > 0 ? drawn(bars(title, known, write)) : undefined
}
