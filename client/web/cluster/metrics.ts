import { RATE_MS, type WatchedNode } from './node-history.ts'

/** A metric that is plotted for each node. */
export interface Metric {
  readonly name: string
  readonly unit: string
  /** What it measures, and which values are normal. */
  readonly description: string
  readonly valueOf: (node: WatchedNode) => number | undefined
  /** Combines the values of all nodes. */
  readonly aggregate: { readonly name: 'sum' | 'highest'; readonly of: (values: number[]) => number }
  /** The minimum upper bound of the y-axis. */
  readonly minTop: number
}

const sum: Metric['aggregate'] = { name: 'sum', of: (values) => values.reduce((total, value) => total + value, 0) }
const highest: Metric['aggregate'] = { name: 'highest', of: (values) => Math.max(0, ...values) }

export const metrics: readonly Metric[] = [
  {
    name: 'Connections',
    unit: 'open now',
    description:
      'Clients connected to each node, including this page. New connections are spread evenly, so the lines should be close together.',
    valueOf: ({ stats }) => stats.connections,
    aggregate: sum,
    minTop: 5,
  },
  {
    name: 'Messages',
    unit: `per second, over ${RATE_MS / 1_000} s`,
    description:
      'Messages, edits, reactions and deletions sent by users of the node. Varies with activity, so nodes can differ.',
    valueOf: ({ messages }) => messages,
    aggregate: sum,
    minTop: 5,
  },
  {
    name: 'Deliveries',
    unit: `per second, over ${RATE_MS / 1_000} s`,
    description:
      'Entries sent to connections: one message to ten people counts as ten, on the nodes they are connected to. Normally far more than messages.',
    valueOf: ({ deliveries }) => deliveries,
    aggregate: sum,
    minTop: 5,
  },
  {
    name: 'Event-loop delay',
    unit: 'ms, p99',
    description:
      'How long work waits for the node’s main thread (99th percentile). Below 20 ms is not noticeable; if it stays above 100 ms, the node is overloaded.',
    valueOf: ({ stats }) => stats.loopDelayMs,
    aggregate: highest,
    minTop: 20,
  },
  {
    name: 'Memory',
    unit: 'MB, resident',
    description:
      'Resident memory of the node’s process. Rises with connections and busy rooms, then levels off; if it keeps growing for hours at constant load, suspect a leak.',
    valueOf: ({ stats }) => stats.rssBytes / 2 ** 20,
    aggregate: sum,
    minTop: 100,
  },
]
