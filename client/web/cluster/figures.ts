import { RATE_MS, type WatchedNode } from './node-history.ts'

/** Something that is plotted for each node. */
export interface Figure {
  readonly name: string
  readonly unit: string
  /** What it means, and what is normal. */
  readonly meaning: string
  readonly of: (node: WatchedNode) => number | undefined
  /** What stands for all nodes together. */
  readonly all: { readonly name: 'sum' | 'highest'; readonly of: (values: number[]) => number }
  /** The plot's top is at least this. */
  readonly atLeast: number
}

const sum: Figure['all'] = { name: 'sum', of: (values) => values.reduce((total, value) => total + value, 0) }
const highest: Figure['all'] = { name: 'highest', of: (values) => Math.max(0, ...values) }

export const figures: readonly Figure[] = [
  {
    name: 'Connections',
    unit: 'open now',
    meaning:
      'Browsers, terminals and programs on each node; this page is one of them. New ones are spread evenly, so the lines should be close together.',
    of: ({ stats }) => stats.connections,
    all: sum,
    atLeast: 5,
  },
  {
    name: 'Messages',
    unit: `a second, over ${RATE_MS / 1_000} s`,
    meaning:
      'What people on the node say: messages, edits, reactions, deletions. It follows the talk, so the nodes may well differ.',
    of: ({ messages }) => messages,
    all: sum,
    atLeast: 5,
  },
  {
    name: 'Deliveries',
    unit: `a second, over ${RATE_MS / 1_000} s`,
    meaning:
      'Entries handed to connections: one message to ten people counts ten, on whichever nodes they are. Far more than messages is normal.',
    of: ({ deliveries }) => deliveries,
    all: sum,
    atLeast: 5,
  },
  {
    name: 'Event-loop delay',
    unit: 'ms, p99',
    meaning:
      'How long things wait until the node’s one thread gets to them; 99 of 100 wait less than this. Below 20 ms nobody notices; if it stays above 100 ms, the node has too much to do.',
    of: ({ stats }) => stats.loopDelayMs,
    all: highest,
    atLeast: 20,
  },
  {
    name: 'Memory',
    unit: 'MB, resident',
    meaning:
      'What the node’s process takes. It rises with connections and busy rooms and then levels out; if it climbs for hours while they do not, something leaks.',
    of: ({ stats }) => stats.rssBytes / 2 ** 20,
    all: sum,
    atLeast: 100,
  },
]
