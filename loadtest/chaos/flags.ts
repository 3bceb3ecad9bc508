import { resolve } from 'node:path'
import { readFlags } from '../../server/local/flags.ts'

export interface Flags {
  minutes: number
  clients: number
  seed: number
  /** Messages, edits, deletions and reactions per second, all users together. */
  rate: number
  json?: string
  help: boolean
}

export const USAGE = `Usage: npm run chaos -- [--minutes 10] [--clients 200] [--seed 7] [--rate 260] [--json FILE]
  --minutes N   duration of the fault injection, 0.5 to 1440 (10)
  --clients N   12 to 2000 users, each in two rooms (200)
  --seed N      seed of the order of faults (7)
  --rate N      messages per second, all users together (1.3 per client)
  --json FILE   also write all figures as JSON`

const known = {
  minutes: { type: 'string', default: '10' },
  clients: { type: 'string', default: '200' },
  seed: { type: 'string', default: '7' },
  rate: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const RATE_PER_CLIENT = 1.3

/** Parsed flags, or one sentence for each invalid flag. */
export function chaosFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const number = (name: 'minutes' | 'clients' | 'seed' | 'rate', from: number, to: number, whole = true) => {
    const text = values[name]
    if (typeof text !== 'string' || text === '') return Number.NaN
    const fits = (whole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) && Number(text) >= from && Number(text) <= to
    if (!fits)
      problems.push(`--${name} must be ${whole ? 'an integer' : 'a number'} from ${from} to ${to}, not "${text}".`)
    return Number(text)
  }
  const clients = number('clients', 12, 2_000)
  const flags = {
    minutes: number('minutes', 0.5, 1_440, false),
    clients,
    seed: number('seed', 0, 2 ** 32 - 1),
    rate: values.rate === undefined ? clients * RATE_PER_CLIENT : number('rate', 1, 100_000),
    ...(typeof values.json === 'string' && { json: resolve(values.json) }),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
