import type { Transport } from '../clients/packet-codec.ts'
import type { SystemName } from '../systems/systems.ts'

/** What is compared: the same workload on the same number of nodes over the same transport. */
export interface Setting {
  workload: string
  nodes: number
  transport: Transport
}

/** One measurement, as it is written to the file. */
export interface Run extends Setting {
  contestant: SystemName
  /** From 1. */
  repetition: number
  /** When it began, ISO 8601. */
  at: string
  /** Every delivery arrived, and nothing was refused. */
  complete: boolean
  /** What was the matter otherwise. */
  why?: string
  steady?: Steady
  most?: Most
  memory?: { rssBytes: number; heapBytes: number }
  elsewhere?: Elsewhere
}

export interface Steady {
  messages: number
  deliveries: number
  /** Over how long the messages were said. */
  saidSeconds: number
  /** From the first message said to the last delivery. */
  seconds: number
  /** Seconds of processor time in that. */
  cpu: { nodes: number[]; redis: number; edge: number; clients: number }
  /** Send to delivery, in milliseconds. */
  p50: number
  p95: number
  p99: number
}

export interface Most {
  deliveriesPerSecond: number
  steps: { perSecond: number; sustained: boolean; p99: number; deliveriesPerSecond: number }[]
}

export interface Elsewhere {
  /** Messages from Redis at the node that hosts nobody of the busy room, for each one said in it. */
  heardPerMessage: number
  /** Its processor time, as a share of what one needs that does. */
  cpuShare: number
}
