import { mkdirSync, writeFileSync } from 'node:fs'
import { ARRIVING, connectionsFlags, type Flags, USAGE } from './flags.ts'
import { faultsOf } from './outcome.ts'
import { filesOfProcess, planOf } from './plan.ts'
import { run } from './run.ts'
import { keep } from './save-results.ts'
import { table } from './table.ts'

async function main(argv: string[]): Promise<number> {
  const flags = connectionsFlags(argv)
  if (Array.isArray(flags)) {
    console.error(`${flags.join('\n')}\n\n${USAGE}`)
    return 1
  }
  if (flags.help) {
    console.log(USAGE)
    return 0
  }
  const plan = planOf(flags, filesOfProcess())
  if (flags.profile) mkdirSync(flags.profile, { recursive: true })
  const outcome = await run({ plan, ...flags, step: progress() })
  console.log(`\n${table(outcome)}`)
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(outcome, null, 2)}\n`)
  const faults = faultsOf(outcome)
  if (faults.length > 0) console.error(`\n${faults.join('\n')}`)
  else if (flags.keep) keep(outcome, commandOf(flags))
  return faults.length > 0 ? 1 : 0
}

/** The command line that repeats the run. */
function commandOf({ count, transport, nodes, pingSeconds, arriving }: Flags): string {
  const given = [
    `--count ${count}`,
    transport === 'polling' && '--transport polling',
    nodes && `--nodes ${nodes}`,
    pingSeconds && `--pings ${pingSeconds}`,
    arriving !== ARRIVING && `--arriving ${arriving}`,
  ]
  return `npm run connections -- ${given.filter(Boolean).join(' ')}`
}

/** An updating line on a terminal; elsewhere one line every 5 s. */
function progress(): (what: string) => void {
  const { isTTY, columns } = process.stdout
  let at = Number.NEGATIVE_INFINITY
  let packet = ''
  return (what) => {
    const now = performance.now()
    const kind = what.replace(/[\d,.]+/g, '')
    if (!isTTY && kind === packet && now - at < 5_000) return
    at = now
    packet = kind
    process.stdout.write(isTTY ? `\r\x1b[K${what} …`.slice(0, columns) : `${what} …\n`)
  }
}

process.exit(await main(process.argv.slice(2)))
