import type { Transport } from '../clients/packet-codec.ts'
import type { Target } from '../clients/transport.ts'

/** Messages from the parent to a worker process. */
export type PoolCommand =
  | {
      type: 'connect'
      transport: Transport
      target: Target
      addresses: string[]
      /** Rooms of each virtual user. */
      rooms: string[][]
      /** Maximum number of connections being opened at the same time. */
      arriving: number
    }
  /** A member of the room in this process sends it. */
  | { type: 'send'; room: string; number: number }
  /** Requests a `Told` report of the deliveries since the previous one. */
  | { type: 'report' }
  | { type: 'stop' }

/** Periodic report of a worker. */
export interface WorkerStats {
  /** Joined to all of their rooms. */
  live: number
  /** Live users by node. */
  nodes: Record<string, number>
  /** Retries after refusals or lost connections before joining, by reason. */
  retries: Record<string, number>
  /** Connections lost after joining. */
  lost: number
  why?: string
  /** Deliveries and acknowledgements since the last 'report'. */
  heard: number
  accepted: number
  refused: number
}

export interface DeliveryReport {
  heard: number
  /** Duplicate deliveries. */
  twice: number
  /** As packed by Histogram. */
  delays: number[]
}

export type Report = { stats: WorkerStats } | { deliveryReport: DeliveryReport }
