import { resolve } from 'node:path'
import { PING_INTERVAL_MAX_MS } from '../../protocol/limits.ts'
import { readFlags } from '../../server/local/flags.ts'
import type { Transport } from '../clients/packet-codec.ts'

export interface Flags {
  count: number
  transport: Transport
  nodes?: number
  pingSeconds?: number
  arriving: number
  idleSeconds: number
  json?: string
  keep: boolean
  profile?: string
  help: boolean
}

/** Default number of connections that are being opened at the same time. */
export const ARRIVING = 150

export const USAGE = `Usage: npm run connections -- [--count 100000] [--transport websocket] [--idle 30] [--json FILE] [--keep]
  --count N          concurrent users, from 100 (100000)
  --transport NAME   websocket or polling (websocket)
  --nodes N          1 to 12 (as many as the file limit requires, at least 3)
  --arriving N       connections being opened at the same time (${ARRIVING})
  --pings SECONDS    ping interval (10; above 50,000 users 25, Engine.IO's default)
  --idle SECONDS     duration of the idle measurement (30)
  --json FILE        what was measured
  --keep             add the run to loadtest/results/connections.json and, from 10,000 users, unit costs to unit-costs.json
  --profile DIR      write CPU profiles of the nodes`

const known = {
  count: { type: 'string', default: '100000' },
  transport: { type: 'string', default: 'websocket' },
  nodes: { type: 'string' },
  pings: { type: 'string' },
  arriving: { type: 'string', default: `${ARRIVING}` },
  idle: { type: 'string', default: '30' },
  json: { type: 'string' },
  keep: { type: 'boolean', default: false },
  profile: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parsed flags, or one sentence for each invalid flag. */
export function connectionsFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const whole = (name: 'count' | 'nodes' | 'pings' | 'arriving' | 'idle', from: number, to: number) => {
    const text = values[name]
    if (typeof text !== 'string') return 0
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (text !== '' && !(number >= from && number <= to)) {
      problems.push(`--${name} must be an integer from ${from} to ${to}, not ${JSON.stringify(text)}.`)
    }
    return number
  }
  const { transport } = values
  if (transport !== 'websocket' && transport !== 'polling' && transport) {
    problems.push(`--transport must be websocket or polling, not ${JSON.stringify(transport)}.`)
  }
  const path = (name: 'json' | 'profile') => {
    const text = values[name]
    return typeof text === 'string' && text !== '' ? { [name]: resolve(text) } : {}
  }
  const flags: Flags = {
    count: whole('count', 100, 200_000),
    transport: transport as Transport,
    ...(values.nodes !== undefined && { nodes: whole('nodes', 1, 12) }),
    ...(values.pings !== undefined && { pingSeconds: whole('pings', 1, PING_INTERVAL_MAX_MS / 1_000) }),
    arriving: whole('arriving', 1, 100_000),
    idleSeconds: whole('idle', 1, 3_600),
    ...path('json'),
    ...path('profile'),
    keep: Boolean(values.keep),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
