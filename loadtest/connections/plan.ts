import { readFileSync } from 'node:fs'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../protocol/limits.ts'
import type { Transport } from '../clients/packet-codec.ts'

export interface Plan {
  count: number
  transport: Transport
  nodes: number
  /** Of nginx. */
  workers: number
  /** Of the visitors. */
  processes: number
  /** How often a visitor is asked whether it is there, and how long it may take to say so. */
  pings: { intervalMs: number; timeoutMs: number }
}

export interface Wish {
  count: number
  transport: Transport
  nodes?: number
  pingSeconds?: number
}

/**
 * Engine.IO's own pace, for more visitors than this: with ours 100,000 are 10,000 pings a second, each of which goes
 * through nginx and back. On two cores nothing is left of the processor for arrivals then.
 */
const LEISURELY = { above: 50_000, pings: { intervalMs: 25_000, timeoutMs: 20_000 } }
const OURS = { intervalMs: PING_INTERVAL_MS, timeoutMs: PING_TIMEOUT_MS }

/** Of each process: Redis, logs, listeners, kept connections, what is just being accepted or closed. */
const SPARE_FILES = 3_000
/** However many files there are: one address has some 28,000 ports to one node, and a node one core. */
const NODE_FILES_MAX = 20_000
const WORKER_FILES = 16_000
/** Of nginx, with room for workers that happen to get more; edge.sh takes fewer where there are fewer files. */
export const WORKER_CONNECTIONS = 19_000
const PROCESS_FILES = 16_000
/** A proxied WebSocket is two files; a polling visitor has a second line for what it says. */
const LINES: Record<Transport, number> = { websocket: 1, polling: 2 }

/** As few processes of each kind as the limit of files allows, and enough to be a cluster. */
export function planOf({ count, transport, nodes, pingSeconds }: Wish, files: number): Plan {
  const pings = count > LEISURELY.above ? LEISURELY.pings : OURS
  const lines = count * LINES[transport]
  return {
    count,
    transport,
    nodes: nodes ?? Math.max(3, Math.ceil(lines / (Math.min(files, NODE_FILES_MAX) - SPARE_FILES))),
    workers: Math.max(2, Math.ceil((2 * lines) / Math.min(files - SPARE_FILES, WORKER_FILES))),
    processes: Math.max(2, Math.ceil(lines / Math.min(files - SPARE_FILES, PROCESS_FILES))),
    pings: { ...pings, ...(pingSeconds && { intervalMs: pingSeconds * 1_000 }) },
  }
}

/** How many files a process may have open: Node and nginx take all that the system lets them have. */
export function filesOfProcess(limits = readFileSync('/proc/self/limits', 'utf8')): number {
  const [, hard = ''] = /^Max open files +\d+ +(\d+|unlimited)/m.exec(limits) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

export const EVERYBODY = 'everybody'
export const THOUSAND = 'thousand'
const THOUSAND_SIZE = 1_000
const SMALL_SIZE = 50

/** Everybody is in a room with all the others, and in one of their own: the first thousand in one, the rest in fifties. */
export function roomsOf(visitor: number): [string, string] {
  return [visitor < THOUSAND_SIZE ? THOUSAND : `small-${Math.floor(visitor / SMALL_SIZE)}`, EVERYBODY]
}

export const membersOf = (room: string, count: number): number =>
  room === THOUSAND ? Math.min(count, THOUSAND_SIZE) : count

/** Addresses of this machine for one process of visitors, since one has some 28,000 ports. `run` keeps runs apart. */
export function addressesOf(process: number, visitors: number, run: number): string[] {
  return Array.from({ length: Math.ceil(visitors / 4_000) }, (_, a) => `127.${run}.${process}.${1 + a}`)
}
