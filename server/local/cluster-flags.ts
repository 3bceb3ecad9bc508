import { resolve } from 'node:path'
import { readFlags } from './flags.ts'
import { ROOT } from './root.ts'

export interface ClusterFlags {
  nodes: number
  port: number
  dataDir: string
  restart: boolean
  tls: boolean
  help: boolean
}

export const USAGE = `Usage: npm run cluster -- [--nodes 3] [--port 8080] [--tls] [--no-restart] [--data data/cluster]
  --nodes N      number of node processes, 1 to 12 (default: 3)
  --port N       port of the load balancer (default: 8080)
  --tls          HTTPS and WSS with a self-signed certificate (stored in data/tls)
  --no-restart   do not restart crashed processes
  --data DIR     directory of the Redis data (default: data/cluster)`

const definitions = {
  nodes: { type: 'string', default: '3' },
  port: { type: 'string', default: '8080' },
  data: { type: 'string', default: 'data/cluster' },
  tls: { type: 'boolean', default: false },
  'no-restart': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parses the flags; returns a list of error messages if any is invalid. */
export function clusterFlags(argv: string[]): ClusterFlags | string[] {
  const { values, problems } = readFlags(argv, definitions)
  const integer = (name: 'nodes' | 'port', from: number, to: number) => {
    const text = values[name]
    const number = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (typeof text === 'string' && text !== '' && !(number >= from && number <= to)) {
      problems.push(`--${name} must be an integer from ${from} to ${to}, not ${JSON.stringify(text)}.`)
    }
    return number
  }
  const flags = {
    nodes: integer('nodes', 1, 12),
    port: integer('port', 1, 65_535),
    dataDir: resolve(ROOT, String(values.data)),
    restart: !values['no-restart'],
    tls: Boolean(values.tls),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
