import { SIZES } from './flags.ts'
import { plan } from './plan.ts'
import { origin, planTable } from './table.ts'
import type { UnitCosts } from './unit-costs.ts'
import { USUAL, USUAL_LIMITS } from './workload.ts'

const BEGIN = '<!-- npm run capacity -- --write: everything down to the end mark is written by this command -->'
const END = '<!-- end -->'

/** What stands between the two marks of docs/capacity.md. */
export function written(costs: UnitCosts | undefined): string {
  if (!costs) return 'The unit costs are not measured yet: `loadtest/results/unit-costs.json` is not there.'
  const plans = SIZES.map((connections) => plan({ connections, ...USUAL }, costs, USUAL_LIMITS))
  return `${planTable(plans)}\n\n${origin(costs)}`
}

/** What stands there now. Throws where the marks are not there. */
export function standing(document: string): string {
  const [, behind] = document.split(`${BEGIN}\n`)
  const [text, ...more] = behind?.split(`\n${END}`) ?? []
  if (text === undefined || more.length !== 1) throw new Error('docs/capacity.md has lost its two marks.')
  return text
}

export const rewritten = (document: string, text: string): string =>
  document.replace(`${BEGIN}\n${standing(document)}\n${END}`, () => `${BEGIN}\n${text}\n${END}`)
