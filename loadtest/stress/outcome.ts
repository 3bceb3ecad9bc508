import type { Memory } from './sampler.ts'

/** What came of a run. Times in seconds, delays in milliseconds, memory in bytes. */
export interface Outcome {
  preset: string
  clients: number
  bytes: number
  /** Until all were connected, and paired. */
  arrivedIn?: number
  /** Handshakes that were refused for the moment, and tried again. */
  putOff?: number
  /** Messages that were due, what was written of them, and what could not be when it was due. */
  offered?: number
  sent?: number
  heldBack?: number
  /** What the nodes counted: entries stored, messages handed to strangers, entries handed to connections. */
  stored?: number
  relayed?: number
  delivered?: number
  /** Processor time of all nodes. */
  cpu?: number
  received?: number
  wrong?: number
  /** Clients whose connection, or pair, ended, by how. */
  ended: Record<string, number>
  talkedIn?: number
  /** Until the last message was heard. */
  heardIn?: number
  /** Messages from end to end. */
  perSecond?: number
  p50?: number
  p95?: number
  p99?: number
  memory?: Memory
  /** From the first SIGTERM until the last node was gone. */
  shutDownMs?: number
  /** Sentences; none: all is well. */
  faults: string[]
}
