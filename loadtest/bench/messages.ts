import type { Way } from '../clients/packet-codec.ts'
import type { BrowserWords, Target, Traffic } from '../clients/transport.ts'
import type { SystemName } from '../systems/systems.ts'

export interface MemberPlan {
  name: string
  room: string
  /** Which of the targets. */
  node: number
  speaks: boolean
}

/** What the bench tells a process full of clients. */
export type PoolCommand =
  | {
      order: 'come'
      contestant: SystemName
      transport: Way
      targets: Target[]
      localAddress?: string
      browser?: BrowserWords
      members: MemberPlan[]
      /** Arrivals a second. */
      perSecond: number
    }
  /** Counts begin at zero. */
  | { order: 'afresh' }
  /** `first` and `step` number the messages, so that no two processes use the same one. */
  | { order: 'talk'; perSecond: number; messages: number; first: number; step: number }
  /** What every member of each room must have heard. */
  | { order: 'check'; rooms: Record<string, Said> }
  | { order: 'leave' }

export interface Said {
  messages: number
  /** Of their numbers. */
  sum: number
}

/** What the process says of itself, every so often. */
export interface Account extends Traffic {
  live: number
  /** Connections that ended although nobody had asked for it. */
  lost: number
  heard: number
  /** Packets that it came in. */
  packets: number
  answered: number
  refused: number
  /** The first refusal, or the first reason why a connection ended. */
  why?: string
  /** Since 'talk'; done when all were said. */
  talked: boolean
  /** User and system time of the process, in seconds. */
  cpu: number
}

export type Report =
  | { account: Account }
  | { said: Record<string, Said> }
  /** `delays` as Delays packs them. */
  | { checked: { wrong: number; example?: string; delays: number[] } }
