import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import { document } from './document.ts'
import { benchFlags, type Flags, USAGE } from './flags.ts'
import { measure } from './measure.ts'
import { page } from './page.ts'
import { Progress } from './progress.ts'
import { RESULTS_FILE, type Results, readResults, results } from './results.ts'
import type { Run } from './run.ts'
import { saveCosts } from './save-results.ts'
import { schedule } from './schedule.ts'
import { table } from './table.ts'

async function main(argv: string[]): Promise<number> {
  const flags = benchFlags(argv)
  if (Array.isArray(flags)) {
    console.error(`${flags.join('\n')}\n\n${USAGE}`)
    return 1
  }
  if (flags.help) {
    console.log(USAGE)
    return 0
  }
  if (flags.write) {
    const kept = readResults(RESULTS_FILE)
    writeFileSync(join(ROOT, 'docs', 'fan-out.md'), document(kept))
    saveCosts(kept)
    console.log('Wrote docs/fan-out.md and the unit costs of messages in loadtest/results/unit-costs.json.')
    return 0
  }
  const all = flags.from.length > 0 ? together(flags.from) : results(await perform(flags), flags.quick)
  if (typeof all === 'string') {
    console.error(all)
    return 1
  }
  console.log(`\n${table(all)}`)
  if (flags.json) writeFileSync(flags.json, asJson(all))
  if (flags.page) writeFileSync(flags.page, page(all))
  return all.runs.every(({ complete }) => complete) ? 0 : 1
}

async function perform(flags: Flags): Promise<Run[]> {
  const { profile } = flags
  if (profile) mkdirSync(profile, { recursive: true })
  const plan = schedule(flags)
  const progress = new Progress(plan.length)
  const runs: Run[] = []
  for (const planned of plan) {
    const { workload, setting, contestant, repetition } = planned
    const at = new Date().toISOString()
    progress.step(planned, 'starting')
    const result = await measure({ workload, setting, contestant, profile }, (what) => progress.step(planned, what))
    const run: Run = { ...setting, contestant, repetition, at, ...result }
    progress.done(planned, run)
    runs.push(run)
    // Save after every run, so that a later failure loses nothing.
    if (flags.json) writeFileSync(flags.json, asJson(results(runs, flags.quick)))
  }
  return runs
}

/** Merges the runs of several files; returns an error text if machine or settings differ. */
function together(files: string[]): Results | string {
  const missing = files.find((file) => !existsSync(file))
  if (missing) return `${missing} does not exist. Create it with --json.`
  const all = files.map(readResults)
  const conditions = ({ runs, quick, ...rest }: Results) => JSON.stringify(rest)
  if (all.some((one) => conditions(one) !== conditions(all[0]!))) {
    return 'These files are from different machines or settings.'
  }
  return { ...all[0]!, quick: all.some(({ quick }) => quick), runs: all.flatMap(({ runs }) => runs) }
}

/** JSON with one line per run. */
function asJson({ runs, ...rest }: Results): string {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value)
  const lines = runs.map((run) => JSON.stringify(run, round)).join(',\n')
  return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "runs": [\n${lines}\n]}\n`
}

process.exit(await main(process.argv.slice(2)))
