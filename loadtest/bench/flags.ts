import { resolve } from 'node:path'
import { readFlags } from '../../server/local/flags.ts'
import type { Transport } from '../clients/packet-codec.ts'
import { SYSTEMS, type SystemName } from '../systems/systems.ts'
import { WORKLOADS } from './workloads.ts'

export interface Flags {
  only: SystemName[]
  workloads: string[]
  nodes: number[]
  transports: Transport[]
  repeat?: number
  quick: boolean
  json?: string
  page?: string
  from: string[]
  profile?: string
  /** Write the documents without measuring. */
  write: boolean
  help: boolean
}

const names = WORKLOADS.map(({ name }) => name)

export const USAGE = `Usage: npm run bench -- [--quick] [--only hubbub,classic] [--workload room-100,rooms] [--nodes 1,3] …
  --quick            one short repetition of each workload (minutes)
  --only NAMES       of ${SYSTEMS.join(', ')} (all)
  --workload NAMES   of ${names.join(', ')} (all)
  --nodes LIST       1, 3 or both (1,3)
  --transport LIST   websocket, polling or both (both)
  --repeat N         1 to 20 repetitions, systems take turns (3; of memory 5)
  --json FILE        write every run as JSON
  --page FILE        write a page with charts
  --from FILES       do not measure; use the runs of these comma-separated files
  --profile DIR      write a CPU profile of the first node per run
  --write            do not measure; write docs/fan-out.md and unit costs from
                     loadtest/results/bench.json`

const known = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', default: SYSTEMS.join(',') },
  workload: { type: 'string', default: names.join(',') },
  nodes: { type: 'string', default: '1,3' },
  transport: { type: 'string', default: 'websocket,polling' },
  repeat: { type: 'string' },
  json: { type: 'string' },
  page: { type: 'string' },
  from: { type: 'string' },
  profile: { type: 'string' },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parsed flags, or one sentence for each invalid flag. */
export function benchFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const list = <T extends string>(name: 'only' | 'workload' | 'nodes' | 'transport', choices: readonly T[]): T[] => {
    const items = String(values[name]).split(',')
    for (const item of items) {
      if (values[name] === '' || choices.includes(item as T)) continue
      problems.push(`--${name} must be a comma-separated list of ${choices.join(', ')}, not "${item}".`)
    }
    return items as T[]
  }
  const repeat = values.repeat === undefined ? undefined : Number(values.repeat)
  if (repeat !== undefined && values.repeat && !(Number.isInteger(repeat) && repeat >= 1 && repeat <= 20)) {
    problems.push(`--repeat must be an integer from 1 to 20, not "${values.repeat}".`)
  }
  const path = (name: 'json' | 'page' | 'profile') =>
    typeof values[name] === 'string' ? { [name]: resolve(values[name]) } : {}
  const flags: Flags = {
    only: list('only', SYSTEMS),
    workloads: list('workload', names),
    nodes: list('nodes', ['1', '3']).map(Number),
    transports: list('transport', ['websocket', 'polling']),
    repeat,
    quick: Boolean(values.quick),
    ...path('json'),
    ...path('page'),
    ...path('profile'),
    from: typeof values.from === 'string' ? values.from.split(',').map((file) => resolve(file)) : [],
    write: Boolean(values.write),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
