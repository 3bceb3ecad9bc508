import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from '../../server/local/root.ts'
import { readUnitCosts, UNIT_COSTS } from './capacity.ts'
import { rewritten, standing, written } from './document.ts'
import { madeUp } from './sample-costs.ts'
import { type UnitCosts, unitCosts } from './unit-costs.ts'

const document = readFileSync(join(ROOT, 'docs', 'capacity.md'), 'utf8')

test('docs/capacity.md matches the model (update: npm run capacity -- --write)', () => {
  const costs = readUnitCosts(UNIT_COSTS)
  expect(standing(document)).toBe(written(Array.isArray(costs) ? undefined : costs))
})

test('only the text between the marks is replaced', () => {
  const text = written(unitCosts(madeUp) as UnitCosts)
  const after = rewritten(document, text)
  expect(text).toContain('| connections | 10,000 | 1,000,000 | 10,000,000 |')
  expect(text).toContain('`npm run made-up`')
  expect(standing(after)).toBe(text)
  expect(rewritten(after, standing(document))).toBe(document)
})

test('a document without the marks is refused', () => {
  expect(() => standing('# Capacity')).toThrow('marks')
})
