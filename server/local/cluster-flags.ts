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
  --nodes N      1 to 12 node processes (3)
  --port N       where the edge listens (8080)
  --tls          HTTPS and WSS, with a certificate of our own making (data/tls)
  --no-restart   a part that dies stays dead
  --data DIR     where Redis keeps its file (data/cluster)`

const known = {
  nodes: { type: 'string', default: '3' },
  port: { type: 'string', default: '8080' },
  data: { type: 'string', default: 'data/cluster' },
  tls: { type: 'boolean', default: false },
  'no-restart': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The flags, or every problem with them, a sentence each. */
export function clusterFlags(argv: string[]): ClusterFlags | string[] {
  const { values, problems } = readFlags(argv, known)
  const whole = (name: 'nodes' | 'port', from: number, to: number) => {
    const text = values[name]
    const number = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (typeof text === 'string' && text !== '' && !(number >= from && number <= to)) {
      problems.push(`--${name} is a whole number from ${from} to ${to}, not ${JSON.stringify(text)}.`)
    }
    return number
  }
  const flags = {
    nodes: whole('nodes', 1, 12),
    port: whole('port', 1, 65_535),
    dataDir: resolve(ROOT, String(values.data)),
    restart: !values['no-restart'],
    tls: Boolean(values.tls),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
