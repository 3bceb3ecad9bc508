import { UNLIMITED } from '../../server/local/unlimited.ts'
import { TEXT_CHARS } from '../measure/payload.ts'

interface Common {
  name: string
  title: string
  clients: number
  /** Bytes per message, ASCII only. */
  bytes: number
  /** Settings of the cluster's nodes that differ from the defaults. */
  env: Record<string, string>
}

/** Pairs of strangers at `/ws/strangers` that all send. */
export interface StrangersPreset extends Common {
  kind: 'strangers'
  /**
   * One message per client every `everyMs` milliseconds for `seconds`; what cannot be written when due is held back.
   */
  paced?: { everyMs: number; seconds: number }
  /** Or this many messages per client, as fast as they can be written. */
  messages?: number
}

/** Clients of `/ws` that send, wait for one frame, and send again. */
export interface LoopPreset extends Common {
  kind: 'loop'
  seconds: number
}

/** Ordinary users while attackers flood, exhaust and stall the server (abuse/). */
export interface AbusePreset extends Common {
  kind: 'abuse'
  /** Duration of each phase and of its control. */
  seconds: number
}

/** Load beyond capacity (overload/): half of the clients send on one node, half listen on another. */
export interface OverloadPreset extends Common {
  kind: 'overload'
  /** Duration of each phase. */
  seconds: number
}

/** Presets with a single kind of client. */
export type LoadPreset = StrangersPreset | LoopPreset
export type Preset = LoadPreset | AbusePreset | OverloadPreset

const quiet = { LOG_LEVEL: 'error' }

export const PRESETS: readonly Preset[] = [
  {
    name: 'strangers-90000',
    title: '3,000 strangers say 30 messages of 2,000 characters each: 90,000 in all',
    kind: 'strangers',
    clients: 3_000,
    bytes: 2_000,
    messages: 30,
    env: quiet,
  },
  {
    name: 'strangers-small',
    title: '3,000 strangers, 500 bytes each every 100 ms',
    kind: 'strangers',
    clients: 3_000,
    bytes: 500,
    paced: { everyMs: 100, seconds: 30 },
    env: quiet,
  },
  {
    name: 'strangers-large',
    title: '2,000 strangers, 10,240 bytes each every 50 ms',
    kind: 'strangers',
    clients: 2_000,
    bytes: 10_240,
    paced: { everyMs: 50, seconds: 30 },
    env: quiet,
  },
  {
    name: 'text-loop',
    title: '10 clients of /ws, each sends, awaits one frame and sends again, flat out',
    kind: 'loop',
    clients: 10,
    bytes: 'hello from locust'.length,
    seconds: 60,
    // Unlimited rate: by default a node throttles a sender to 20 messages per second.
    env: { ...quiet, ...UNLIMITED, APPENDS_PER_SECOND: '1000000', APPENDS_BURST: '1000000' },
  },
  {
    name: 'abuse',
    title: '300 ordinary users while others flood, exhaust and stall, beside the same attack on a sink',
    kind: 'abuse',
    clients: 300,
    bytes: TEXT_CHARS,
    seconds: 60,
    env: quiet,
  },
  {
    name: 'overload',
    title: '500 rooms, 0.5 to 3 × of what one sending and one listening node carry',
    kind: 'overload',
    clients: 1_000,
    bytes: TEXT_CHARS,
    seconds: 8,
    env: { ...quiet, ...UNLIMITED, APPENDS_PER_SECOND: '1000000', APPENDS_BURST: '1000000', GUESTS_PER_SECOND: '1000' },
  },
]
