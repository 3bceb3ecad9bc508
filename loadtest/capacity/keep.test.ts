import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { saveUnitCosts } from './keep.ts'
import { madeUp } from './sample-costs.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubbub-costs-'))
  file = join(folder, 'results', 'unit-costs.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = () => JSON.parse(readFileSync(file, 'utf8'))
const origin = { date: '2026-02-01', command: 'npm run other' }

test('costs of other programs are kept', () => {
  const { 'redis.microsPerAppend': append, ...others } = madeUp.costs
  saveUnitCosts(file, { ...madeUp, costs: others })
  saveUnitCosts(file, { costs: { 'redis.microsPerAppend': append } })
  expect(read()).toEqual(madeUp)
  const deliveries = [{ messagesPerSecond: 50, microsPerDelivery: 7, ...origin }]
  saveUnitCosts(file, { machine: 'another', deliveries })
  expect(read()).toEqual({ ...madeUp, machine: 'another', deliveries })
})

test('invalid costs are refused and the file is not changed', () => {
  expect(() => saveUnitCosts(file, { costs: madeUp.costs })).toThrow(
    '"machine" must describe the machine of the measurement.',
  )
  expect(existsSync(file)).toBe(false)
  saveUnitCosts(file, madeUp)
  const wrong = { 'node.bytesEmpty': { value: 90, unit: 'MB', ...origin } }
  expect(() => saveUnitCosts(file, { costs: wrong })).toThrow('node.bytesEmpty is in B, not in MB.')
  expect(read()).toEqual(madeUp)
})
