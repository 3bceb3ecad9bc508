import type { Spread } from '../measure/spread.ts'
import { bars, type Group } from '../report/bar-chart.ts'
import { curves, type Panel } from '../report/line-chart.ts'
import { type Cell, LINKS, MODES, RATES, SIZES, WINDOWS } from './cells.ts'
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
  ['processor', 'Processor time of nodes and nginx per delivered message, µs', (s) => overRates(s, 'serverMicros')],
  ['bytes', 'Bytes both ways at the edge per delivered message', (s) => overRates(s, 'bytes')],
  ['requests', 'HTTP requests per delivered message', (s) => overRates(s, 'requests', ['polling'])],
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
function overRates(summaries: Summaries, figure: string, modes: readonly Cell['mode'][] = MODES) {
  const panels = SIZES.map((size): Panel => {
    const curves = WINDOWS.flatMap((windowMs) =>
      modes.map((mode) => {
        const points = RATES.flatMap((rate) => {
          // The key of a cell does not depend on its duration or number of rooms.
          const cell: Cell = { kind: 'talk', mode, windowMs, size, rate, rooms: 1, seconds: 1 }
          const y = summaries.get(cell)?.of(figure)
          return y && y.median > 0 ? [{ x: rate, y }] : []
        })
        const label = windowMs > 0 ? NAMES[mode] : `${NAMES[mode]}, not gathered`
        return { label, colour: MODES.indexOf(mode as 'websocket'), dashed: windowMs === 0, points }
      }),
    )
    return { label: `rooms of ${size}`, curves: curves.filter(({ points }) => points.length > 0) }
  }).filter(({ curves }) => curves.length > 0)
  return panels.length > 0 ? curves(panels, { x: 'messages a second from each', xs: RATES }) : undefined
}

function overLinks(summaries: Summaries, figure: string, write: (value: number) => string) {
  const groups = [undefined, ...LINKS.map(({ name }) => name)].map((link): Group => {
    const label = link === undefined ? 'this machine' : `behind ${link}`
    return { label, bars: barsOf((mode) => summaries.get({ kind: 'arrive', mode, link, times: 1 })?.of(figure)) }
  })
  return drawnBars('first message', groups, write)
}

function atRest(summaries: Summaries) {
  const part = (label: string, figure: string): Group => ({
    label,
    bars: barsOf((mode) => summaries.get({ kind: 'idle', mode, clients: 1, seconds: 1 })?.of(figure)),
  })
  const groups = [
    part('node, resident', 'rssBytes'),
    part('node, heap', 'heapBytes'),
    part('nginx, resident', 'edgeBytes'),
  ]
  return drawnBars('memory', groups, (bytes) => `${(bytes / 1e3).toFixed(1)} kB`)
}

function barsOf(of: (mode: Cell['mode']) => Spread | undefined): Group['bars'] {
  return MODES.flatMap((mode, colour) => {
    const value = of(mode)
    return value ? [{ label: NAMES[mode], colour, value }] : []
  })
}

function drawnBars(title: string, groups: Group[], write: (value: number) => string) {
  const known = groups.filter(({ bars }) => bars.length > 0)
  return known.length > 0 ? drawn(bars(title, known, write)) : undefined
}
