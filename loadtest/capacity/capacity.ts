import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../server/local/root.ts'
import { rewritten, says, written } from './document.ts'
import { capacityFlags, USAGE } from './flags.ts'
import { type UnitCosts, unitCosts } from './unit-costs.ts'

export const UNIT_COSTS = join(ROOT, 'loadtest', 'results', 'unit-costs.json')
const DOCUMENT = join(ROOT, 'docs', 'capacity.md')

/** The costs in a file, undefined if it does not exist, or one sentence for each problem. */
export function readUnitCosts(file: string): UnitCosts | undefined | string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return unitCosts(JSON.parse(text))
  } catch (error) {
    return [`Not valid JSON: ${(error as Error).message}`]
  }
}

/** The output text, or one sentence for each problem. */
function answer(argv: string[]): string | string[] {
  const flags = capacityFlags(argv)
  if (Array.isArray(flags)) return [...flags, USAGE]
  if (flags.help) return USAGE
  const file = flags.costs ?? UNIT_COSTS
  const costs = readUnitCosts(file)
  if (!costs && flags.costs) return [`${file} does not exist.`]
  if (Array.isArray(costs)) return [`${file} is invalid:`, ...costs]
  if (flags.write) {
    writeFileSync(DOCUMENT, rewritten(readFileSync(DOCUMENT, 'utf8'), written(costs)))
    return `Wrote the plans to ${DOCUMENT}.`
  }
  const workloads = flags.connections.map((connections) => ({ connections, ...flags.workload }))
  return says(workloads, flags.limits, costs)
}

if (process.argv[1]?.endsWith('capacity.js')) {
  const said = answer(process.argv.slice(2))
  if (typeof said === 'string') console.log(said)
  else console.error(said.join('\n'))
  process.exitCode = typeof said === 'string' ? 0 : 1
}
