import type { Random } from '../measure/random.ts'

/** Faults of the cluster. Each lasts `forMs`, or as long as the operation takes. */
export const CLUSTER_FAULTS = [
  'node killed',
  'node frozen',
  'nodes restarted in turn',
  'redis killed',
  'redis frozen',
  'redis paused',
  'redis full',
  'redis flushed',
  'redis failed over and back',
  'redis clients killed',
  'nginx reloaded',
  'nginx killed',
  'nginx master killed',
  'node cut off from redis',
  'node cut off from redis without a FIN',
] as const
/** Faults injected into some clients during a cluster fault. */
export const CLIENT_FAULTS = ['clients cut', 'clients vanished', 'slow readers'] as const
/** Runs concurrently with the other faults because it lasts longer. */
export const ABSENCE = 'one away past the dedupe window'

export type ClusterFault = (typeof CLUSTER_FAULTS)[number]
export type ClientFault = (typeof CLIENT_FAULTS)[number]

export interface Round {
  clusterFault: ClusterFault
  /** Index of the target node (0, 1 or 2), where the fault targets one. */
  node: number
  forMs: number
  clientFault?: ClientFault
  /** Delay after the cluster fault, milliseconds. */
  clientFaultAfterMs: number
  /** Whether a client goes offline for longer than the dedupe window from this round on. */
  absence: boolean
  restMs: number
  /** Whether all clients check their members after the rest. */
  look: boolean
  /** Seed for choices that depend on the state of the run, such as which clients are on a node. */
  seed: number
}

/** Range of durations, milliseconds. A lease lasts 6 s, so a frozen node outlives its own. */
const lasts: Record<ClusterFault, readonly [number, number]> = {
  'node killed': [200, 3_000],
  'node frozen': [7_500, 14_000],
  'nodes restarted in turn': [100, 500],
  'redis killed': [200, 4_000],
  'redis frozen': [2_500, 6_000],
  'redis paused': [2_500, 6_000],
  // Longer than a lease: renewals must continue while writes are refused.
  'redis full': [7_000, 10_000],
  'redis flushed': [0, 0],
  'redis failed over and back': [1_500, 4_000],
  'redis clients killed': [0, 0],
  'nginx reloaded': [0, 0],
  'nginx killed': [100, 1_500],
  'nginx master killed': [100, 1_500],
  'node cut off from redis': [2_000, 6_000],
  'node cut off from redis without a FIN': [4_000, 8_000],
}

/** Presence converges within this time after a fault, as the protocol promises. */
export const PRESENCE_TRUE_MS = 10_000
/** A short run checks presence only after some rounds, so that every kind of fault occurs. */
const DENSE_REST_MS = 1_500
const DENSE_LOOK_EVERY = 6
const DENSE_BELOW_MS = 180_000

/** Endless sequence of rounds: every kind of fault occurs once before any repeats. */
export function* plan(random: Random, forMs: number): Generator<Round, never> {
  const dense = forMs < DENSE_BELOW_MS
  for (let count = 0; ; ) {
    const clientFaults = random.shuffled(CLIENT_FAULTS)
    for (const clusterFault of random.shuffled(CLUSTER_FAULTS)) {
      const [from, to] = lasts[clusterFault]
      const look = !dense || count % DENSE_LOOK_EVERY === DENSE_LOOK_EVERY - 1
      yield {
        clusterFault,
        node: random.below(3),
        forMs: dense ? from : Math.round(random.between(from, to)),
        clientFault: clientFaults[count % (CLIENT_FAULTS.length + 1)],
        clientFaultAfterMs: random.below(1_000),
        absence: count % CLUSTER_FAULTS.length === 0,
        restMs: look ? PRESENCE_TRUE_MS : DENSE_REST_MS,
        look,
        seed: random.below(2 ** 32),
      }
      count++
    }
  }
}
