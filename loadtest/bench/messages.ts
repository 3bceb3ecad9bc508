import type { TransportMode } from '../clients/packet-codec.ts'
import type { BrowserWords, Target, Traffic } from '../clients/transport.ts'
import type { SystemName } from '../systems/systems.ts'

export interface MemberPlan {
  name: string
  room: string
  /** Index into the targets. */
  node: number
  speaks: boolean
}

/** Messages from the bench to a worker process. */
export type PoolCommand =
  | {
      type: 'connect'
      contestant: SystemName
      transport: TransportMode
      targets: Target[]
      localAddress?: string
      browser?: BrowserWords
      members: MemberPlan[]
      /** Connections opened per second. */
      perSecond: number
    }
  /** Resets the counters. */
  | { type: 'reset' }
  /** `first` and `step` number the messages, so that no two processes use the same number. */
  | { type: 'talk'; perSecond: number; messages: number; first: number; step: number }
  /** Checks what the members of each room must have received. */
  | { type: 'check'; rooms: Record<string, SentMessages> }
  | { type: 'stop' }

export interface SentMessages {
  messages: number
  /** Sum of the message numbers. */
  sum: number
}

/** Periodic report of a worker. */
export interface WorkerStats extends Traffic {
  live: number
  /** Connections that closed unexpectedly. */
  lost: number
  deliveries: number
  /** Packets that contained the messages. */
  packets: number
  answered: number
  refused: number
  /** First refusal, or first reason for a closed connection. */
  why?: string
  /** Whether all messages of the last 'talk' have been sent. */
  talked: boolean
  /** CPU time of the process (user and system), seconds. */
  cpu: number
}

export type Report =
  | { stats: WorkerStats }
  | { sent: Record<string, SentMessages> }
  /** `delays` as packed by Histogram. */
  | { checked: { wrong: number; example?: string; delays: number[] } }
