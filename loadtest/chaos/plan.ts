import type { Random } from '../measure/random.ts'

/** What can be done to the cluster. Each runs for `forMs`, or for as long as it takes. */
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
/** What can be done to some of the clients meanwhile. */
export const CLIENT_FAULTS = ['clients cut', 'clients vanished', 'slow readers'] as const
/** Beside everything else: it takes longer. */
export const ABSENCE = 'one away past the dedupe window'

export type ClusterFault = (typeof CLUSTER_FAULTS)[number]
export type ClientFault = (typeof CLIENT_FAULTS)[number]

export interface Round {
  clusterFault: ClusterFault
  /** Which node, where it is about one: 0, 1 or 2. */
  node: number
  forMs: number
  clientFault?: ClientFault
  /** This long after the blow. */
  clientFaultAfterMs: number
  /** Who is away longer than the dedupe window, from this round on. */
  absence: boolean
  restMs: number
  /** Whether everybody's members are looked at behind the rest. */
  look: boolean
  /** The chance of everything that is not known beforehand, such as who is on which node. */
  seed: number
}

/** For how long; from … to, milliseconds. A lease is 6 s, so a frozen node outlives its own. */
const lasts: Record<ClusterFault, readonly [number, number]> = {
  'node killed': [200, 3_000],
  'node frozen': [7_500, 14_000],
  'nodes restarted in turn': [100, 500],
  'redis killed': [200, 4_000],
  'redis frozen': [2_500, 6_000],
  'redis paused': [2_500, 6_000],
  // Longer than a lease: renewals must go on while writes are refused.
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

/** Presence is true again this long after a fault: what the wire promises. */
export const PRESENCE_TRUE_MS = 10_000
/** In a short run only some of the rounds end with a look at presence, so that each kind of fault has its turn. */
const DENSE_REST_MS = 1_500
const DENSE_LOOK_EVERY = 6
const DENSE_BELOW_MS = 180_000

/** The rounds of a run, without an end: each kind of fault has its turn before any comes again. */
export function* plan(random: Random, forMs: number): Generator<Round, never> {
  const dense = forMs < DENSE_BELOW_MS
  for (let count = 0; ; ) {
    const jolts = random.shuffled(CLIENT_FAULTS)
    for (const blow of random.shuffled(CLUSTER_FAULTS)) {
      const [from, to] = lasts[blow]
      const look = !dense || count % DENSE_LOOK_EVERY === DENSE_LOOK_EVERY - 1
      yield {
        clusterFault: blow,
        node: random.below(3),
        forMs: dense ? from : Math.round(random.between(from, to)),
        clientFault: jolts[count % (CLIENT_FAULTS.length + 1)],
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
