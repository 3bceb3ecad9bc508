import type { Transport } from '../clients/packet-codec.ts'
import { SYSTEMS, type SystemName } from '../systems/systems.ts'
import type { MemberPlan } from './messages.ts'

export interface Workload {
  name: string
  title: string
  /**
   * steady: one rate; most: the highest sustained rate; memory: no messages; elsewhere: one node has no members in the
   * busy room.
   */
  kind: 'steady' | 'most' | 'memory' | 'elsewhere'
  rooms: number
  /** Members of a room. */
  size: number
  /** Messages per second, all rooms together. */
  perSecond: number
  seconds: number
  /** Through nginx instead of directly to the nodes. */
  edge: boolean
  systems: readonly SystemName[]
  nodes: readonly number[]
  transports: readonly Transport[]
  /** Repetitions, if not the default. */
  repeat?: number
}

const steady = {
  kind: 'steady',
  edge: false,
  systems: SYSTEMS,
  nodes: [1, 3],
  transports: ['websocket', 'polling'],
} as const

const room = (perSecond: number, seconds: number) => ({
  ...steady,
  name: `room-${perSecond}`,
  title: `1,000 members × ${perSecond.toLocaleString('en')}/s in one room`,
  rooms: 1,
  size: 1_000,
  perSecond,
  seconds,
})

const edge = { edge: true, systems: ['hubbub'] } as const

const most = {
  ...room(50, 4),
  name: 'most',
  title: 'most deliveries/s sustained, 1,000 members in one room',
  kind: 'most',
  transports: ['websocket'],
} as const

export const WORKLOADS: readonly Workload[] = [
  room(10, 10),
  room(100, 8),
  room(300, 5),
  // Short, because plain Socket.IO takes ten times as long to deliver it.
  room(1_000, 3),
  {
    ...steady,
    name: 'rooms',
    title: '100 rooms × 20 members × 5/s in each',
    rooms: 100,
    size: 20,
    perSecond: 500,
    seconds: 8,
  },
  {
    ...room(300, 5),
    ...edge,
    name: 'room-300-edge',
    title: '1,000 members × 300/s in one room, through nginx',
    nodes: [3],
  },
  most,
  { ...most, ...edge, name: 'most-edge', title: `${most.title}, through nginx`, nodes: [3] },
  {
    ...steady,
    name: 'memory',
    title: 'memory for an idle connection, 5,000 in rooms of 50',
    kind: 'memory',
    rooms: 100,
    size: 50,
    perSecond: 0,
    seconds: 10,
    nodes: [1],
    transports: ['websocket'],
    repeat: 5,
  },
  {
    ...room(100, 8),
    name: 'elsewhere',
    title: 'a node that hosts nobody of a busy room, 1,000 members × 100/s on the two others',
    kind: 'elsewhere',
    nodes: [3],
    transports: ['websocket'],
  },
]

/** Members of the quiet room, on the node without members of the busy room. */
const QUIET = 20

/** Distributes members over rooms and nodes. */
export function membersOf({ kind, rooms, size }: Workload, nodes: number): MemberPlan[] {
  const members: MemberPlan[] = []
  const spread = kind === 'elsewhere' ? nodes - 1 : nodes
  for (let r = 0; r < rooms; r++) {
    for (let m = 0; m < size; m++) {
      members.push({ name: `Member ${r}-${m}`, room: `bench-${r}`, node: m % spread, speaks: true })
    }
  }
  if (kind !== 'elsewhere') return members
  const quiet = Array.from({ length: QUIET }, (_, m) => ({
    ...{ name: `Quiet ${m}`, room: 'bench-quiet', node: spread, speaks: false },
  }))
  return [...members, ...quiet]
}
