import type { Memory } from './sampler.ts'

/** Result of a run. Times in seconds, delays in milliseconds, memory in bytes. */
export interface Outcome {
  preset: string
  clients: number
  bytes: number
  /** Until all were connected and paired. */
  arrivedIn?: number
  /** Handshakes refused with 503 and retried. */
  putOff?: number
  /** Messages that were due, those written, and those that could not be written when due. */
  offered?: number
  sent?: number
  heldBack?: number
  /** Counters of the nodes: entries stored, messages relayed to strangers, entries delivered to connections. */
  stored?: number
  relayed?: number
  delivered?: number
  /** CPU time of all nodes. */
  cpu?: number
  received?: number
  wrong?: number
  /** Clients whose connection or pair ended, by reason. */
  ended: Record<string, number>
  talkedIn?: number
  /** Until the last delivery. */
  heardIn?: number
  /** Messages per second, end to end. */
  perSecond?: number
  p50?: number
  p95?: number
  p99?: number
  memory?: Memory
  /** From the first SIGTERM until the last node has exited. */
  shutDownMs?: number
  /** Failures, one sentence each; empty if the run passed. */
  faults: string[]
}
