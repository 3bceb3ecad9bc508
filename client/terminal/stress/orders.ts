import type { Histogram } from 'node:perf_hooks'
import type { Transport } from '../../sdk/connection.ts'

/** What a thread is told to be. */
export interface WorkerOptions {
  url: string
  transports?: Transport[]
  /** Of every message of this run, so that another run's are told apart. */
  run: string
  /** Messages a second of each client. */
  rate: number
  /** The thread's clients, each with its room. */
  clients: { name: string; room: string }[]
}

/** What each client says in all, at `rate` messages a second. */
export const messagesEach = (rate: number, seconds: number): number => Math.max(1, Math.round(rate * seconds))

/** From the parent: begin to talk, so many messages each; or end. */
export type WorkerCommand = { messages: number } | 'leave'

/** Once, from the thread: it goes on counting in them, in microseconds, and the parent sees it. */
export interface Histograms {
  toAck: Histogram
  toDelivery: Histogram
}

/** Of a room, how many messages this thread had acknowledged; of each client, how many it was delivered. */
export interface Tally {
  acknowledged: Record<string, number>
  delivered: [room: string, messages: number][]
}

/** How a thread is doing, every so often. */
export interface WorkerStats extends Tally {
  live: number
  /** Said; still waiting; refused. */
  sent: number
  waiting: number
  refused: number
  reconnects: number
  /** The thread's own event-loop delay, 99th percentile: what it adds to every time that it takes. */
  loopDelayMs: number
  /** Why somebody was not let in, for good. */
  fault?: string
}
