import { resolve } from 'node:path'
import { readFlags } from '../../server/local/flags.ts'
import { PHASES } from './abuse/phases.ts'
import { PRESETS, type Preset } from './presets.ts'

export interface Flags {
  /** The preset with the changes of the other flags. */
  preset?: Preset
  /** Number of nodes of the started cluster. */
  nodes: number
  /** A running server, and the addresses of its nodes. */
  url?: string
  metrics: string[]
  json?: string
  /** Seed of abuse and overload. */
  seed: number
  /** Names of the abuse phases to run. */
  phases: string[]
  /** Messages per second that overload takes as the capacity; measured if undefined. */
  capacity?: number
  list: boolean
  help: boolean
}

const names = PRESETS.map(({ name }) => name)
const phaseNames = PHASES.map(({ name }) => name)

export const USAGE = `Usage: npm run stress -- --preset NAME [--clients N] [--seconds N] [--nodes 3] [--seed N --phases NAMES --capacity N] [--url URL --metrics URLS] [--json FILE]
  --preset NAME    of ${names.join(', ')}
  --list           list the presets
  --clients N      2 to 10,000 (the preset's); an even number for strangers, who are paired
  --seconds N      1 to 3,600 (the preset's); not for strangers-90000
  --nodes N        nodes of the started cluster, 1 to 12 (3)
  --seed N         seed of abuse and overload, 0 to 4,294,967,295 (1)
  --phases NAMES   of abuse, comma-separated: ${phaseNames.join(', ')} (all of them)
  --capacity N     of overload, in messages a second, 100 to 1,000,000 (measured)
  --url URL        a running server, such as http://localhost:8080
  --metrics URLS   the addresses of its nodes, comma-separated; required to check what was relayed
  --json FILE      also write all figures as JSON

Exit code 0: everything that was sent was relayed and received, once and in order; of abuse: ordinary users did not feel
any phase, and none was void; of overload: at least 80 % of the peak was acknowledged, as docs/guarantees.md promises. 1: it was not so, or wrong usage.`

const known = {
  preset: { type: 'string' },
  clients: { type: 'string' },
  seconds: { type: 'string' },
  nodes: { type: 'string', default: '3' },
  seed: { type: 'string', default: '1' },
  phases: { type: 'string' },
  capacity: { type: 'string' },
  url: { type: 'string' },
  metrics: { type: 'string' },
  json: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parsed flags, or one sentence for each invalid flag. */
export function stressFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const whole = (name: 'clients' | 'seconds' | 'nodes' | 'seed' | 'capacity', from: number, to: number) => {
    const text = values[name]
    if (typeof text !== 'string' || text === '') return undefined
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= from && number <= to)) {
      problems.push(`--${name} must be an integer from ${from} to ${to}, not "${text}".`)
    }
    return number
  }
  const addresses = (name: 'url' | 'metrics') => {
    const all = typeof values[name] === 'string' ? values[name].split(',').filter(Boolean) : []
    for (const each of all) {
      if (URL.canParse(each) && /^http:/.test(each)) continue
      problems.push(`--${name} must be an address such as http://localhost:8080, not "${each}".`)
    }
    return all
  }
  const preset = PRESETS.find(({ name }) => name === values.preset)
  const asked = Boolean(values.list) || Boolean(values.help)
  if (!preset && !asked && values.preset !== '') {
    const what = values.preset === undefined ? 'is missing' : `is not "${values.preset}"`
    problems.push(`--preset ${what}: it must be one of ${names.join(', ')}.`)
  }
  const [clients, seconds, nodes] = [whole('clients', 2, 10_000), whole('seconds', 1, 3_600), whole('nodes', 1, 12)]
  const seed = whole('seed', 0, 2 ** 32 - 1)
  const capacity = whole('capacity', 100, 1_000_000)
  const phases = typeof values.phases === 'string' ? values.phases.split(',').filter(Boolean) : phaseNames
  for (const name of phases) {
    if (!phaseNames.includes(name))
      problems.push(`--phases must be a comma-separated list of ${phaseNames.join(', ')}, not "${name}".`)
  }
  if (values.phases !== undefined && preset?.kind !== 'abuse') problems.push('--phases requires --preset abuse.')
  if (values.capacity !== undefined && preset?.kind !== 'overload') {
    problems.push('--capacity requires --preset overload.')
  }
  const [url, ...more] = addresses('url')
  if (more.length > 0) problems.push('--url must be a single address; list the nodes with --metrics.')
  const metrics = addresses('metrics')
  if (metrics.length > 0 && url === undefined) problems.push('--metrics requires --url.')
  if (preset?.kind === 'abuse' && url !== undefined) {
    problems.push('--url cannot be used with abuse: attackers need loopback addresses, and every node is sampled.')
  }
  if (preset?.kind === 'overload') {
    if (url !== undefined)
      problems.push('--url cannot be used with overload: it compares with the clock of a store on this machine.')
    if (nodes! < 2) problems.push('--nodes must be at least 2 for overload: one for senders, one for listeners.')
    if (clients !== undefined && clients % 2 === 1) problems.push('--clients must be an even number for overload.')
  }
  if (preset?.kind === 'strangers' && clients !== undefined && clients % 2 === 1) {
    problems.push(`--clients must be an even number for ${preset.name}, whose clients are paired.`)
  }
  if (preset?.kind === 'strangers' && preset.messages && seconds !== undefined) {
    problems.push(`--seconds cannot be used with ${preset.name}: it ends when all messages are sent.`)
  }
  if (problems.length > 0) return problems
  return {
    ...(preset && { preset: changed(preset, clients, seconds) }),
    nodes: nodes!,
    ...(url !== undefined && { url }),
    metrics,
    seed: seed!,
    phases,
    ...(capacity !== undefined && { capacity }),
    ...(typeof values.json === 'string' && { json: resolve(values.json) }),
    list: Boolean(values.list),
    help: Boolean(values.help),
  }
}

function changed(preset: Preset, clients = preset.clients, seconds?: number): Preset {
  if (seconds === undefined) return { ...preset, clients }
  if (preset.kind !== 'strangers') return { ...preset, clients, seconds }
  return { ...preset, clients, paced: { ...preset.paced!, seconds } }
}
