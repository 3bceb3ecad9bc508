import type { Target } from '../clients/transport.ts'

/** What a process full of clients is told. */
export type PoolCommand =
  | { order: 'come'; what: Coming }
  | { order: 'talk'; what: Talking }
  /** Say who heard what. */
  | { order: 'tell' }
  | { order: 'leave' }

export interface Coming {
  kind: 'strangers' | 'loop'
  target: Target
  localAddress: string | undefined
  /** The number of each client, unique in the whole run. */
  numbers: number[]
  bytes: number
  /** Arrivals a second. */
  perSecond: number
}

/** One message a client every so often for so long, or so many as soon as they can be written; a loop needs no plan. */
export interface Talking {
  paced?: { everyMs: number; seconds: number }
  messages?: number
}

/** What it says of itself, every so often: sums over its clients. */
export interface Account {
  /** Open, and of strangers: paired. */
  live: number
  /** Handshakes that were refused for the moment, and tried again. */
  putOff: number
  offered: number
  sent: number
  heldBack: number
  received: number
  /** Frames that nobody should have sent, or out of order, or doubled, or cut short. */
  wrong: number
  /** Clients whose connection, or pair, ended while it was needed, by how. */
  ended: Record<string, number>
  /** All that was to be said has been said. */
  talked: boolean
  rssBytes: number
}

/** One client at the end. */
export interface Told {
  number: number
  sent: number
  received: number
  /** From whom, once something was heard. */
  partner?: number
}

export type Report =
  | { account: Account }
  /** `delays` from send to delivery, as Delays packs them. */
  | { told: Told[]; delays: number[] }
