import type { Histogram } from 'node:perf_hooks'
import type { Transport } from '../../sdk/connection.ts'

/** The configuration of a worker thread. */
export interface WorkerOptions {
  url: string
  transports?: Transport[]
  /** Prefix of every message of this run, to tell it from other runs. */
  run: string
  /** Messages per second per client. */
  rate: number
  /** The clients of this thread, each with its room. */
  clients: { name: string; room: string }[]
}

/** Number of messages that each client sends in total, at `rate` per second. */
export const messagesEach = (rate: number, seconds: number): number => Math.max(1, Math.round(rate * seconds))

/** From the parent: send this many messages per client, or stop. */
export type WorkerCommand = { messages: number } | 'stop'

/**
 * From the thread, once: latency histograms in microseconds. Their memory is shared, so the parent sees later updates.
 */
export interface Histograms {
  toAck: Histogram
  toDelivery: Histogram
}

/** Acknowledged messages by room, and the delivered messages of each client. */
export interface Tally {
  acknowledged: Record<string, number>
  delivered: [room: string, messages: number][]
}

/** From the thread, periodically: its counters. */
export interface WorkerStats extends Tally {
  live: number
  /** Messages sent; of these, pending and rejected. */
  sent: number
  waiting: number
  refused: number
  reconnects: number
  /** The 99th percentile of the thread's event-loop delay in ms, which adds to every measured latency. */
  loopDelayMs: number
  /** Why a client was denied access, if one was. */
  fault?: string
}
