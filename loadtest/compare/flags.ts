import { join, resolve } from 'node:path'
import { readFlags } from '../../server/local/flags.ts'
import { ROOT } from '../../server/local/root.ts'

export interface Flags {
  /** A cell is measured if its name contains one of these. */
  only: string[]
  repeat: number
  quick: boolean
  json: string
  page?: string
  /** Print the results without measuring. */
  show: boolean
  write: boolean
  help: boolean
}

export const RESULTS = join(ROOT, 'loadtest', 'results', 'compare.json')
const REPETITIONS = 5

export const USAGE = `Usage: npm run compare -- [--quick] [--only "500 at,polling"] [--repeat 5] …
  --quick       one short repetition of a few cells (minutes)
  --only WORDS  cells whose name contains one of these comma-separated words: a transport (websocket, polling, upgraded), a
                load (50 at 1/s), arrive, idle, not gathered, behind 200 ms, …
  --repeat N    1 to 20 repetitions (${REPETITIONS}; quick: 1). Transports take turns in each
  --json FILE   result file (loadtest/results/compare.json); existing runs are kept
  --show        do not measure; print the results
  --page FILE   write a page with charts
  --write       do not measure; write docs/transports.md and its charts from the results`

const known = {
  only: { type: 'string' },
  repeat: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  page: { type: 'string' },
  show: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parsed flags, or one sentence for each invalid flag. */
export function compareFlags(argv: string[]): Flags | string[] {
  const { values, problems } = readFlags(argv, known)
  const repeat =
    typeof values.repeat === 'string' && values.repeat ? Number(values.repeat) : values.quick ? 1 : REPETITIONS
  if (!(Number.isInteger(repeat) && repeat >= 1 && repeat <= 20)) {
    problems.push(`--repeat must be an integer from 1 to 20, not "${values.repeat}".`)
  }
  const words = typeof values.only === 'string' ? values.only.split(',').map((word) => word.trim()) : []
  const flags: Flags = {
    only: words.filter(Boolean),
    repeat,
    quick: Boolean(values.quick),
    json: typeof values.json === 'string' && values.json ? resolve(values.json) : RESULTS,
    ...(typeof values.page === 'string' && values.page && { page: resolve(values.page) }),
    show: Boolean(values.show),
    write: Boolean(values.write),
    help: Boolean(values.help),
  }
  return problems.length > 0 ? problems : flags
}
