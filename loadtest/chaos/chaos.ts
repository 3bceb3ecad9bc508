import { rmSync, writeFileSync } from 'node:fs'
import { chaosFlags, USAGE } from './flags.ts'
import { ProgressLine } from './progress.ts'
import { asJson, table, violationReport } from './report.ts'
import { run } from './run.ts'

async function main(argv: string[]): Promise<number> {
  const flags = chaosFlags(argv)
  if (Array.isArray(flags)) {
    console.error(`${flags.join('\n')}\n\n${USAGE}`)
    return 1
  }
  if (flags.help) {
    console.log(USAGE)
    return 0
  }
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort())
  const { minutes, clients, seed, rate, json } = flags
  const forMs = minutes * 60_000
  console.log(`${clients} users, three nodes, ${minutes} minutes of faults with seed ${seed}. Press Ctrl-C to stop.`)
  const line = new ProgressLine(forMs)
  try {
    const outcome = await run({ forMs, clients, seed, rate, signal: abort.signal, progress: (now) => line.show(now) })
    line.end()
    if (json) writeFileSync(json, asJson(flags, outcome))
    if (outcome.violations.length > 0) console.log(`${violationReport(outcome)}\n`)
    else rmSync(outcome.folder, { recursive: true, force: true })
    console.log(table(outcome))
    return outcome.violations.length > 0 ? 1 : 0
  } catch (error) {
    line.end()
    if (!abort.signal.aborted) throw error
    console.log('Interrupted; nothing was checked.')
    return 130
  }
}

process.exit(await main(process.argv.slice(2)))
