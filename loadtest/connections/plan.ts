import { readFileSync } from 'node:fs'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../protocol/limits.ts'
import type { Transport } from '../clients/packet-codec.ts'

export interface Plan {
  count: number
  transport: Transport
  nodes: number
  /** Workers of nginx. */
  workers: number
  /** Worker processes of the virtual users. */
  processes: number
  /** Ping interval and timeout, milliseconds. */
  pings: { intervalMs: number; timeoutMs: number }
}

export interface PlanOptions {
  count: number
  transport: Transport
  nodes?: number
  pingSeconds?: number
}

/**
 * Engine.IO's default ping interval, used above this number of users: at Hubbub's interval, 100,000 users cause 10,000
 * pings per second through nginx, which leaves no CPU for new connections on two cores.
 */
const SLOW_PINGS = { above: 50_000, pings: { intervalMs: 25_000, timeoutMs: 20_000 } }
const DEFAULT_PINGS = { intervalMs: PING_INTERVAL_MS, timeoutMs: PING_TIMEOUT_MS }

/** Files per process for Redis, logs, listeners, kept-alive connections, and connections being accepted or closed. */
const SPARE_FILES = 3_000
/** Limit regardless of the file limit: one address has about 28,000 ports to a node, and a node has one core. */
const NODE_FILES_MAX = 20_000
const WORKER_FILES = 16_000
/**
 * Connections per nginx worker, with headroom for uneven distribution; edge.sh lowers it if the file limit is lower.
 */
export const WORKER_CONNECTIONS = 19_000
const PROCESS_FILES = 16_000
/** Connections per user: long-polling uses a second one for posts. Each takes two files in the proxy. */
const LINES: Record<Transport, number> = { websocket: 1, polling: 2 }

/** The fewest processes of each kind that the file limit allows, and enough to form a cluster. */
export function planOf({ count, transport, nodes, pingSeconds }: PlanOptions, files: number): Plan {
  const pings = count > SLOW_PINGS.above ? SLOW_PINGS.pings : DEFAULT_PINGS
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

/** Hard limit of open files per process; Node and nginx raise their limit to it. */
export function filesOfProcess(limits = readFileSync('/proc/self/limits', 'utf8')): number {
  const [, hard = ''] = /^Max open files +\d+ +(\d+|unlimited)/m.exec(limits) ?? []
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

export const ALL_USERS = 'everybody'
export const THOUSAND = 'thousand'
const THOUSAND_SIZE = 1_000
const SMALL_SIZE = 50

/**
 * Each user is in a room with all users, and in a smaller one: the first thousand share one, the others are in rooms of
 * fifty.
 */
export function roomsOf(user: number): [string, string] {
  return [user < THOUSAND_SIZE ? THOUSAND : `small-${Math.floor(user / SMALL_SIZE)}`, ALL_USERS]
}

export const membersOf = (room: string, count: number): number =>
  room === THOUSAND ? Math.min(count, THOUSAND_SIZE) : count

/**
 * Loopback addresses for one worker process: one address has only about 28,000 ports. `run` separates concurrent runs.
 */
export function addressesOf(process: number, visitors: number, run: number): string[] {
  return Array.from({ length: Math.ceil(visitors / 4_000) }, (_, a) => `127.${run}.${process}.${1 + a}`)
}
