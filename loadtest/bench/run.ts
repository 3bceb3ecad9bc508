import type { Transport } from '../clients/packet-codec.ts'
import type { SystemName } from '../systems/systems.ts'

/** The unit of comparison: workload, number of nodes, and transport. */
export interface Setting {
  workload: string
  nodes: number
  transport: Transport
}

/** One measurement, as stored in the result file. */
export interface Run extends Setting {
  contestant: SystemName
  /** From 1. */
  repetition: number
  /** Start time, ISO 8601. */
  at: string
  /** Every delivery arrived, and nothing was refused. */
  complete: boolean
  /** Reason if not complete. */
  why?: string
  steady?: Steady
  most?: Most
  memory?: { rssBytes: number; heapBytes: number }
  elsewhere?: Elsewhere
}

export interface Steady {
  messages: number
  deliveries: number
  /** Duration of sending, seconds. */
  saidSeconds: number
  /** From the first send to the last delivery. */
  seconds: number
  /** CPU time in that period, seconds. */
  cpu: { nodes: number[]; redis: number; edge: number; clients: number }
  /** Send-to-delivery latency, milliseconds. */
  p50: number
  p95: number
  p99: number
}

export interface Most {
  deliveriesPerSecond: number
  steps: { perSecond: number; sustained: boolean; p99: number; deliveriesPerSecond: number }[]
}

export interface Elsewhere {
  /** Messages that the node without members of the busy room receives from Redis, per message sent to the room. */
  heardPerMessage: number
  /** CPU time of that node, relative to a node with members. */
  cpuShare: number
}
