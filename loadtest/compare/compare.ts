import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import { document, pictures } from './document.ts'
import { compareFlags, type Flags, USAGE } from './flags.ts'
import { page } from './page.ts'
import { Progress } from './progress.ts'
import { goOnFrom, type Results, readResults, results, writeResults } from './results.ts'
import { perform, possible } from './run.ts'
import { schedule } from './schedule.ts'
import { table } from './table.ts'

async function main(argv: string[]): Promise<number> {
  const flags = compareFlags(argv)
  if (Array.isArray(flags)) return complain(`${flags.join('\n')}\n\n${USAGE}`)
  if (flags.help) {
    console.log(USAGE)
    return 0
  }
  const found = flags.show || flags.write ? readResults(flags.json) : await measured(flags)
  if (typeof found === 'string') return complain(`${flags.json} was not changed. ${found}`)
  if (!found && !flags.write) return complain(`${flags.json} does not exist. Run without --show to measure.`)
  if (found && !flags.write) console.log(`\n${table(found)}`)
  if (found && flags.page) writeFileSync(flags.page, page(found))
  if (flags.write) write(found)
  return 0
}

/** The results, or the reason why the file cannot be continued. */
async function measured(flags: Flags): Promise<Results | string> {
  const all = goOnFrom(readResults(flags.json), results(flags.quick))
  if (typeof all === 'string') return all
  const { plan, why } = await possible(schedule(flags, all.runs))
  if (why !== undefined) {
    console.log(`Slow links are skipped: ${why}.`)
    all.noLinks = why
  }
  await perform(plan, all, new Progress(plan.length), (so) => writeResults(flags.json, so))
  return all
}

function write(found: Results | undefined): void {
  const images = join(ROOT, 'docs', 'images')
  mkdirSync(images, { recursive: true })
  for (const [name, svg] of Object.entries(pictures(found))) writeFileSync(join(images, name), svg)
  writeFileSync(join(ROOT, 'docs', 'transports.md'), document(found))
  console.log('Wrote docs/transports.md and its charts.')
}

function complain(words: string): number {
  console.error(words)
  return 1
}

process.exit(await main(process.argv.slice(2)))
