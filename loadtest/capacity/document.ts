import { SIZES } from './flags.ts'
import { plan } from './plan.ts'
import { origin, planTable, workTable } from './table.ts'
import { NO_COSTS, type UnitCosts } from './unit-costs.ts'
import { type Limits, USUAL, USUAL_LIMITS, type Workload } from './workload.ts'

const BEGIN = '<!-- npm run capacity -- --write: everything down to the end mark is written by this command -->'
const END = '<!-- end -->'

/** The plans for these workloads: the work to do and, once costs are measured, the resources needed. */
export function says(workloads: Workload[], limits: Limits, costs: UnitCosts | undefined): string {
  const plans = workloads.map((workload) => plan(workload, costs ?? NO_COSTS, limits))
  const takes = costs ? `${planTable(plans)}\n\n${origin(costs)}` : NOT_MEASURED
  return `What there is to do:\n\n${workTable(plans)}\n\nWhat it takes:\n\n${takes}`
}

const NOT_MEASURED =
  'The unit costs are not measured yet, so nothing here depends on them, and the numbers of nodes and edge machines\n' +
  'above are those that files and ports ask for. They belong into `loadtest/results/unit-costs.json`.'

/** The generated part of docs/capacity.md. */
export const written = (costs: UnitCosts | undefined): string =>
  says(
    SIZES.map((connections) => ({ connections, ...USUAL })),
    USUAL_LIMITS,
    costs,
  )

/** The text between the marks of the document. Throws if the marks are missing. */
export function standing(document: string): string {
  const [, behind] = document.split(`${BEGIN}\n`)
  const [text, ...more] = behind?.split(`\n${END}`) ?? []
  if (text === undefined || more.length !== 1) throw new Error('docs/capacity.md is missing its two marks.')
  return text
}

export const rewritten = (document: string, text: string): string =>
  document.replace(`${BEGIN}\n${standing(document)}\n${END}`, () => `${BEGIN}\n${text}\n${END}`)
