import { UNLIMITED } from '../../server/local/unlimited.ts'
import { TEXT_CHARS } from '../measure/payload.ts'

interface Common {
  name: string
  title: string
  clients: number
  /** Of a message, all of them ASCII. */
  bytes: number
  /** What the nodes of a cluster of its own are set to, beside the defaults. */
  env: Record<string, string>
}

/** Pairs of strangers at `/ws/strangers`, everybody talking. */
export interface StrangersPreset extends Common {
  kind: 'strangers'
  /** One message a client every so many milliseconds, for so many seconds; what cannot be written then is held back. */
  paced?: { everyMs: number; seconds: number }
  /** Or so many messages a client, each as soon as it can be written. */
  messages?: number
}

/** Clients of `/ws` who each send, await one frame, and send again. */
export interface LoopPreset extends Common {
  kind: 'loop'
  seconds: number
}

/** Ordinary users, while attackers flood, exhaust and stall (abuse/). */
export interface AbusePreset extends Common {
  kind: 'abuse'
  /** Of each phase, and of its control. */
  seconds: number
}

/** More than the nodes can carry (overload/): half of the clients send at one node, half listen at another. */
export interface OverloadPreset extends Common {
  kind: 'overload'
  /** Of each phase. */
  seconds: number
}

/** Whose clients are all of one kind. */
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
    // Flat out is meant: a node slows a sender down to 20 messages a second unless it is told otherwise.
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
