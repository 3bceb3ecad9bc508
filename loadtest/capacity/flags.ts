import { readFlags } from '../../server/local/flags.ts'
import { type Limits, USUAL, USUAL_LIMITS, type Workload } from './workload.ts'

export interface Flags {
  /** One plan for each. */
  connections: number[]
  workload: Omit<Workload, 'connections'>
  limits: Limits
  costs?: string
  write: boolean
  help: boolean
}

export const SIZES = [10_000, 1_000_000, 10_000_000]

export const USAGE = `Usage: npm run capacity -- [--connections 1000000] [--rooms 5] [--members 50] [--rate 0.5] ...
  --connections N,N   how many, one plan each (${SIZES.join(',')})
  --rooms N           rooms per connection (${USUAL.roomsPerConnection})
  --members N         members per room (${USUAL.membersPerRoom})
  --rate N            messages per minute and connection (${USUAL.messagesPerMinute})
  --bytes N           of a message as JSON (${USUAL.entryBytes})
  --session N         session length in minutes (${USUAL.sessionMinutes})
  --kept N            messages stored per room (${USUAL.keptPerRoom})
  --busiest N,N       members of the busiest room, and its messages per second (${USUAL.busiestRoom.members},${USUAL.busiestRoom.messagesPerSecond})
  --zones N           availability zones, one of which may be lost (${USUAL.zones})
  --no-tls            the load balancer does not terminate TLS
  --files N           files that a process may have open (${USUAL_LIMITS.files})
  --ports N           from one address to one port (${USUAL_LIMITS.ports})
  --costs FILE        unit costs (loadtest/results/unit-costs.json)
  --write             write the plans for ${SIZES.join(', ')} into docs/capacity.md`

const known = {
  connections: { type: 'string' },
  rooms: { type: 'string' },
  members: { type: 'string' },
  rate: { type: 'string' },
  bytes: { type: 'string' },
  session: { type: 'string' },
  kept: { type: 'string' },
  busiest: { type: 'string' },
  zones: { type: 'string' },
  'no-tls': { type: 'boolean', default: false },
  files: { type: 'string' },
  ports: { type: 'string' },
  costs: { type: 'string' },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parsed flags, or one sentence for each invalid flag. */
export function capacityFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const numbers = (name: keyof typeof known, otherwise: number[], from: number, whole = true): number[] => {
    const text = values[name]
    if (typeof text !== 'string' || text === '') return otherwise
    const read = text.split(',').map(Number)
    if (read.some((value) => !(value >= from) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))) {
      problems.push(`--${name} must be ${whole ? 'integers' : 'numbers'} of at least ${from}, not "${text}".`)
    }
    return read
  }
  const number = (name: keyof typeof known, otherwise: number, from = 1, whole = true): number => {
    const [value = otherwise, ...others] = numbers(name, [otherwise], from, whole)
    if (others.length > 0) problems.push(`--${name} must be a single number.`)
    return value
  }
  const busiest = numbers('busiest', [USUAL.busiestRoom.members, USUAL.busiestRoom.messagesPerSecond], 1)
  if (busiest.length !== 2) problems.push('--busiest must be two numbers, such as 5000,10.')
  const flags: Flags = {
    connections: numbers('connections', SIZES, 1),
    workload: {
      roomsPerConnection: number('rooms', USUAL.roomsPerConnection),
      membersPerRoom: number('members', USUAL.membersPerRoom),
      messagesPerMinute: number('rate', USUAL.messagesPerMinute, 0.001, false),
      entryBytes: number('bytes', USUAL.entryBytes),
      sessionMinutes: number('session', USUAL.sessionMinutes, 0.1, false),
      keptPerRoom: number('kept', USUAL.keptPerRoom),
      busiestRoom: { members: busiest[0] ?? 1, messagesPerSecond: busiest[1] ?? 1 },
      tls: !values['no-tls'],
      zones: number('zones', USUAL.zones),
    },
    limits: {
      ...USUAL_LIMITS,
      files: number('files', USUAL_LIMITS.files, 1_000),
      ports: number('ports', USUAL_LIMITS.ports),
    },
    ...(typeof values.costs === 'string' && { costs: values.costs }),
    write: Boolean(values.write),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
