import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type UnitCostFile, unitCosts } from './unit-costs.ts'

/**
 * Merges measured costs into the file and keeps the others; `deliveries`, if given, replace all earlier ones, since
 * they belong to one run. Throws without writing if the result would be invalid.
 */
export function saveUnitCosts(file: string, measured: Partial<UnitCostFile>): void {
  const before = standing(file)
  const after: UnitCostFile = {
    machine: measured.machine ?? before.machine,
    costs: { ...before.costs, ...measured.costs },
    deliveries: measured.deliveries ?? before.deliveries,
  }
  const problems = unitCosts(after)
  if (Array.isArray(problems)) throw new Error(`${file} was not changed:\n${problems.join('\n')}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(after, null, 2)}\n`)
}

function standing(file: string): UnitCostFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { machine: '', costs: {}, deliveries: [] }
    throw error
  }
}
