import type { Transport } from '../clients/packet-codec.ts'
import type { Target } from '../clients/transport.ts'

/** What the parent tells a process full of visitors. */
export type PoolCommand =
  | {
      order: 'come'
      transport: Transport
      target: Target
      addresses: string[]
      /** The rooms of each visitor. */
      rooms: string[][]
      /** So many may be on their way in at once. */
      arriving: number
    }
  /** One of this process's members of the room says it. */
  | { order: 'say'; room: string; number: number }
  /** What was heard since the last time. */
  | { order: 'tell' }
  | { order: 'leave' }

/** What a process says of itself, every so often. */
export interface Account {
  /** In their rooms. */
  live: number
  /** Live, by node. */
  nodes: Record<string, number>
  /** How often somebody was told to try again, or lost the connection on the way in, by what was said. */
  retries: Record<string, number>
  /** Connections that ended after their visitor was in. */
  lost: number
  why?: string
  /** Deliveries, and answers to what was said, since the last 'tell'. */
  heard: number
  accepted: number
  refused: number
}

export interface Told {
  heard: number
  /** Deliveries of what a visitor had heard already. */
  twice: number
  /** As Delays packs them. */
  delays: number[]
}

export type Report = { account: Account } | { told: Told }
