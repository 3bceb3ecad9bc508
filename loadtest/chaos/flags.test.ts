import { expect, test } from '@jest/globals'
import { chaosFlags } from './flags.ts'

test('missing flags have defaults', () => {
  expect(chaosFlags([])).toEqual({ minutes: 10, clients: 200, seed: 7, rate: 260, help: false })
  expect(chaosFlags(['--minutes', '1.5', '--clients=40', '--seed', '0'])).toMatchObject({ minutes: 1.5, rate: 52 })
})

test('invalid flags are reported in one sentence each', () => {
  expect(
    chaosFlags(['--minutes', 'ten', '--clients', '3', '--seed=-1', '--rate', '', '--frob', 'more', '--json']),
  ).toEqual(
    expect.arrayContaining([
      '--minutes must be a number from 0.5 to 1440, not "ten".',
      '--clients must be an integer from 12 to 2000, not "3".',
      '--seed must be an integer from 0 to 4294967295, not "-1".',
      '--rate needs a value.',
      '--json needs a value.',
      'Unknown option --frob.',
      'Unexpected argument: more.',
    ]),
  )
})
