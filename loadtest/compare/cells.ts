import { FANOUT_WINDOW_MS, PING_INTERVAL_MS } from '../../protocol/limits.ts'
import type { Way } from '../clients/packet-codec.ts'

export const WAYS = ['websocket', 'polling', 'upgraded'] as const satisfies readonly Way[]
export const RATES = [0.02, 0.2, 1, 10, 50]
export const SIZES = [2, 50, 500]
/** With and without gathering: the fan-out's window, in milliseconds. */
export const WINDOWS = [FANOUT_WINDOW_MS, 0]

/**
 * What two cores are asked to carry at most. Twice what they deliver through nginx without gathering, so that the ones
 * just above that are seen to fall behind, and what would only be seen to fall is not tried.
 */
export const MOST_DELIVERIES = 300_000
/** Where one room more would ask for more of either, there is one room less. */
const ENOUGH = { clients: 200, messages: 500 }

/** What lies between the clients and the edge. */
export interface LinkPlan {
  name: string
  /** Round trip, half of it each way, in milliseconds. */
  delayMs: number
  /** Of the packets each way, from 0 to 1. */
  loss: number
}

export const LINKS: readonly LinkPlan[] = [
  { name: '50 ms', delayMs: 50, loss: 0 },
  { name: '200 ms', delayMs: 200, loss: 0 },
  { name: '50 ms, 1 % loss', delayMs: 50, loss: 0.01 },
  { name: '200 ms, 1 % loss', delayMs: 200, loss: 0.01 },
]

/** What people do in a cell, whatever the way they are connected. */
export interface Load {
  /** People of a room. */
  size: number
  /** Messages a second that each of them says. */
  rate: number
  rooms: number
  seconds: number
}

/** One thing to measure, once. */
export type Cell =
  | ({ kind: 'talk'; way: Way; windowMs: number; link?: string } & Load)
  /** Newcomers, one after the other. */
  | { kind: 'arrive'; way: Way; link?: string; times: number }
  /** Connections that say nothing. */
  | { kind: 'idle'; way: Way; clients: number; seconds: number }

export const deliveriesPerSecond = ({ size, rate, rooms }: Pick<Load, 'size' | 'rate' | 'rooms'>): number =>
  size * rate * rooms * size

/** How many rooms of this size talk at once. */
export function roomsOf(size: number, rate: number): number {
  const enough = Math.min(ENOUGH.clients / size, ENOUGH.messages / (size * rate))
  return Math.max(1, Math.floor(enough))
}

/** A whole round of pings where little is said, so that what they cost is not counted by chance. */
const secondsOf = (rate: number) => (rate < 1 ? PING_INTERVAL_MS / 1_000 : rate < 10 ? 4 : 3)

const loadOf = (size: number, rate: number): Load => ({
  size,
  rate,
  rooms: roomsOf(size, rate),
  seconds: secondsOf(rate),
})

const all = SIZES.flatMap((size) => RATES.map((rate) => loadOf(size, rate)))

export const carried: readonly Load[] = all.filter((load) => deliveriesPerSecond(load) <= MOST_DELIVERIES)
export const skipped: readonly Load[] = all.filter((load) => deliveriesPerSecond(load) > MOST_DELIVERIES)

/**
 * The loads at which there is something to gather: several messages of a room within a poll's round trip. Of the others
 * a window seldom has two, so that they are measured with it alone.
 */
export const gatherable: readonly Load[] = carried.filter(({ size, rate }) => size * rate >= 10)

/** Behind a link: two people, and a busy room. */
const BEHIND: readonly Load[] = [
  { size: 2, rate: 1, rooms: 10, seconds: 5 },
  { size: 50, rate: 1, rooms: 1, seconds: 5 },
]

const windowsOf = (load: Load) => (gatherable.includes(load) ? WINDOWS : [FANOUT_WINDOW_MS])

const QUICK_LOADS = ['2 at 1', '50 at 0.2', '50 at 10', '500 at 0.2']
const nameOf = ({ size, rate }: Load) => `${size} at ${rate}`

/** Everything once, in order; `quick`: a few of them, and shorter. */
export function cells(quick: boolean): Cell[] {
  const short = (load: Load): Load => (quick ? { ...load, seconds: load.seconds * 0.3 } : load)
  const loads = quick ? carried.filter((load) => QUICK_LOADS.includes(nameOf(load))) : carried
  const links = quick ? LINKS.filter(({ name }) => name === '200 ms') : LINKS
  const behind = quick ? BEHIND.filter(({ size }) => size === 50) : BEHIND
  const ways = [...WAYS]
  return [
    ...ways.map((way): Cell => ({ kind: 'arrive', way, times: quick ? 10 : 20 })),
    ...ways.map((way): Cell => ({ kind: 'idle', way, clients: quick ? 500 : 1_000, seconds: 10 })),
    ...loads.flatMap((load) =>
      windowsOf(load).flatMap((windowMs) => ways.map((way): Cell => ({ kind: 'talk', way, windowMs, ...short(load) }))),
    ),
    ...links.flatMap(({ name: link }) => [
      ...ways.map((way): Cell => ({ kind: 'arrive', way, link, times: quick ? 4 : 5 })),
      ...behind.flatMap((load) =>
        ways.map((way): Cell => ({ kind: 'talk', way, windowMs: FANOUT_WINDOW_MS, link, ...short(load) })),
      ),
    ]),
  ]
}

/** Which cell it is, whenever it is measured. */
export function keyOf(cell: Cell): string {
  const { way } = cell
  if (cell.kind === 'idle') return `idle, ${way}`
  const behind = cell.link ? `, behind ${cell.link}` : ''
  if (cell.kind === 'arrive') return `arrive, ${way}${behind}`
  const gathered = cell.windowMs > 0 ? '' : ', not gathered'
  return `talk, ${cell.size} at ${cell.rate}/s, ${way}${gathered}${behind}`
}
