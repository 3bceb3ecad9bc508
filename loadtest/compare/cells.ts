import { FANOUT_WINDOW_MS, PING_INTERVAL_MS } from '../../protocol/limits.ts'
import type { TransportMode } from '../clients/packet-codec.ts'

export const MODES = ['websocket', 'polling', 'upgraded'] as const satisfies readonly TransportMode[]
export const RATES = [0.02, 0.2, 1, 10, 50]
export const SIZES = [2, 50, 500]
/** Windows of the fan-out in milliseconds: with batching, and 0 without. */
export const WINDOWS = [FANOUT_WINDOW_MS, 0]

/**
 * Upper limit of deliveries per second: twice what two cores deliver through nginx without batching, so that loads
 * slightly above capacity are measured and hopeless ones are skipped.
 */
export const MOST_DELIVERIES = 300_000
/** Limits for clients and messages per second; rooms are added until either is reached. */
const ENOUGH = { clients: 200, messages: 500 }

/** Network conditions between the clients and nginx. */
export interface LinkPlan {
  name: string
  /** Round-trip time in milliseconds, half of it in each direction. */
  delayMs: number
  /** Packet loss in each direction, from 0 to 1. */
  loss: number
}

export const LINKS: readonly LinkPlan[] = [
  { name: '50 ms', delayMs: 50, loss: 0 },
  { name: '200 ms', delayMs: 200, loss: 0 },
  { name: '50 ms, 1 % loss', delayMs: 50, loss: 0.01 },
  { name: '200 ms, 1 % loss', delayMs: 200, loss: 0.01 },
]

/** Load of a cell, independent of the transport. */
export interface Load {
  /** Members per room. */
  size: number
  /** Messages per second of each member. */
  rate: number
  rooms: number
  seconds: number
}

/** One measurement. */
export type Cell =
  | ({ kind: 'talk'; mode: TransportMode; windowMs: number; link?: string } & Load)
  /** New connections, one after the other. */
  | { kind: 'arrive'; mode: TransportMode; link?: string; times: number }
  /** Idle connections. */
  | { kind: 'idle'; mode: TransportMode; clients: number; seconds: number }

export const deliveriesPerSecond = ({ size, rate, rooms }: Pick<Load, 'size' | 'rate' | 'rooms'>): number =>
  size * rate * rooms * size

/** Number of rooms of this size that are active at the same time. */
export function roomsOf(size: number, rate: number): number {
  const enough = Math.min(ENOUGH.clients / size, ENOUGH.messages / (size * rate))
  return Math.max(1, Math.floor(enough))
}

/** A full ping interval at low rates, so that the cost of pings does not depend on chance. */
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
 * Loads with something to batch: several messages of a room within a poll's round trip. At other loads a window rarely
 * holds two, so those are measured with batching only.
 */
export const gatherable: readonly Load[] = carried.filter(({ size, rate }) => size * rate >= 10)

/** Loads measured behind a slow link: rooms of two, and a busy room. */
const BEHIND: readonly Load[] = [
  { size: 2, rate: 1, rooms: 10, seconds: 5 },
  { size: 50, rate: 1, rooms: 1, seconds: 5 },
]

const windowsOf = (load: Load) => (gatherable.includes(load) ? WINDOWS : [FANOUT_WINDOW_MS])

const QUICK_LOADS = ['2 at 1', '50 at 0.2', '50 at 10', '500 at 0.2']
const nameOf = ({ size, rate }: Load) => `${size} at ${rate}`

/** All cells in order; `quick` selects a few and shortens them. */
export function cells(quick: boolean): Cell[] {
  const short = (load: Load): Load => (quick ? { ...load, seconds: load.seconds * 0.3 } : load)
  const loads = quick ? carried.filter((load) => QUICK_LOADS.includes(nameOf(load))) : carried
  const links = quick ? LINKS.filter(({ name }) => name === '200 ms') : LINKS
  const behind = quick ? BEHIND.filter(({ size }) => size === 50) : BEHIND
  const modes = [...MODES]
  return [
    ...modes.map((mode): Cell => ({ kind: 'arrive', mode, times: quick ? 10 : 20 })),
    ...modes.map((mode): Cell => ({ kind: 'idle', mode, clients: quick ? 500 : 1_000, seconds: 10 })),
    ...loads.flatMap((load) =>
      windowsOf(load).flatMap((windowMs) =>
        modes.map((mode): Cell => ({ kind: 'talk', mode, windowMs, ...short(load) })),
      ),
    ),
    ...links.flatMap(({ name: link }) => [
      ...modes.map((mode): Cell => ({ kind: 'arrive', mode, link, times: quick ? 4 : 5 })),
      ...behind.flatMap((load) =>
        modes.map((mode): Cell => ({ kind: 'talk', mode, windowMs: FANOUT_WINDOW_MS, link, ...short(load) })),
      ),
    ]),
  ]
}

/** Identifies a cell across runs. */
export function keyOf(cell: Cell): string {
  const { mode } = cell
  if (cell.kind === 'idle') return `idle, ${mode}`
  const behind = cell.link ? `, behind ${cell.link}` : ''
  if (cell.kind === 'arrive') return `arrive, ${mode}${behind}`
  const gathered = cell.windowMs > 0 ? '' : ', not gathered'
  return `talk, ${cell.size} at ${cell.rate}/s, ${mode}${gathered}${behind}`
}
