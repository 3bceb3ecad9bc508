/** Behavior of an attacker; each kind is a class of the attack worker. */
export type AttackKind =
  | 'websocket flood'
  | 'polling flood'
  | 'expensive commands'
  | 'text flood'
  | 'json flood'
  | 'events flood'
  | 'strangers flood'
  | 'worst guest'
  | 'slow headers'
  | 'slow body'
  | 'session without CONNECT'
  | 'WebSocket without CONNECT'
  | 'upgrade probe left open'

export interface AttackGroup {
  kind: AttackKind
  count: number
  /** Commands or frames per second of each attacker; for slow requests: bytes. */
  perSecond: number
  /** Number of source addresses. */
  addresses: number
}

export interface Phase {
  name: string
  title: string
  groups: readonly AttackGroup[]
  /** Minimum commands per second, all attackers together; below it the phase is void. */
  offeredAtLeast?: number
}

/** Twenty attackers with 1,250 each are 25,000 per second: a quarter above the goal. */
const FLOOD_PER_SECOND = 1_250
const DIALECT_FLOOD_PER_SECOND = 625
const OFFERED_AT_LEAST = 20_000

const own = (kind: AttackKind, count: number, perSecond: number): AttackGroup => ({
  ...{ kind, count, perSecond },
  addresses: count,
})
const dialect = (kind: AttackKind) => own(kind, 10, DIALECT_FLOOD_PER_SECOND)

/** Maximum of each guest within the default limits: 20 appends and 50 other commands per second. */
const PER_GUEST = 70

const single: readonly Phase[] = [
  {
    name: 'websocket',
    title: '20 WebSockets that flood',
    groups: [own('websocket flood', 20, FLOOD_PER_SECOND)],
    offeredAtLeast: OFFERED_AT_LEAST,
  },
  {
    name: 'polling',
    title: '20 long-polling sessions that flood',
    groups: [own('polling flood', 20, FLOOD_PER_SECOND)],
    offeredAtLeast: OFFERED_AT_LEAST,
  },
  {
    name: 'expensive',
    title: '10 connections with the expensive commands, at every limit',
    groups: [own('expensive commands', 10, 50)],
  },
  {
    name: 'dialects',
    title: '10 connections of each dialect that flood, with messages and with other frames',
    groups: [dialect('text flood'), dialect('json flood'), dialect('events flood'), dialect('strangers flood')],
    offeredAtLeast: OFFERED_AT_LEAST,
  },
  {
    name: 'guests',
    title: '200 guests of one address, each at every limit',
    groups: [{ kind: 'worst guest', count: 200, perSecond: PER_GUEST, addresses: 1 }],
  },
  {
    name: 'slow-bodies',
    title: '400 requests of four addresses whose headers or bodies arrive a byte at a time',
    groups: [
      { kind: 'slow headers', count: 200, perSecond: 1, addresses: 2 },
      { kind: 'slow body', count: 200, perSecond: 1, addresses: 2 },
    ],
  },
  {
    name: 'half-open',
    title: '1,800 sessions without CONNECT and upgrade probes that are left open',
    groups: [
      { kind: 'session without CONNECT', count: 600, perSecond: 0, addresses: 6 },
      { kind: 'WebSocket without CONNECT', count: 600, perSecond: 0, addresses: 6 },
      { kind: 'upgrade probe left open', count: 600, perSecond: 0, addresses: 6 },
    ],
  },
]

export const PHASES: readonly Phase[] = [
  ...single,
  {
    name: 'together',
    title: 'all of these at once',
    groups: single.flatMap(({ groups }) => groups),
    offeredAtLeast: OFFERED_AT_LEAST,
  },
]

/** The phase with fewer attackers, at least one of each kind; the required rate shrinks accordingly. */
export function scaled(phase: Phase, by: number): Phase {
  const fewer = (count: number) => Math.max(1, Math.round(count * by))
  const groups = phase.groups.map((group) => {
    const count = fewer(group.count)
    return { ...group, count, addresses: Math.min(count, fewer(group.addresses)) }
  })
  const { offeredAtLeast } = phase
  return { ...phase, groups, ...(offeredAtLeast !== undefined && { offeredAtLeast: offeredAtLeast * by }) }
}
