import { expect, test } from '@jest/globals'
import { capacityFlags, type Flags, SIZES } from './flags.ts'
import { USUAL } from './workload.ts'

test('without flags, the usual workload is planned in three sizes', () => {
  expect(capacityFlags([])).toMatchObject({ connections: SIZES, workload: USUAL, write: false })
})

test('flags change the workload and the limits', () => {
  const flags = capacityFlags(
    '--connections 5000,70000 --rooms 2 --members 8 --rate 1.5 --busiest 900,3 --no-tls --files 65536'.split(' '),
  ) as Flags
  expect(flags.connections).toEqual([5_000, 70_000])
  expect(flags.workload).toMatchObject({ roomsPerConnection: 2, membersPerRoom: 8, messagesPerMinute: 1.5, tls: false })
  expect(flags.workload.busiestRoom).toEqual({ members: 900, messagesPerSecond: 3 })
  expect(flags.limits.files).toBe(65_536)
})

test('every problem is reported', () => {
  expect(
    capacityFlags('--connections many --zones 2.5 --members 0 --busiest 7 --rooms 1,2 --speed 9'.split(' ')),
  ).toEqual([
    'Unknown option --speed.',
    'Unexpected argument: 9.',
    '--busiest must be two numbers, such as 5000,10.',
    '--connections must be integers of at least 1, not "many".',
    '--rooms must be a single number.',
    '--members must be integers of at least 1, not "0".',
    '--zones must be integers of at least 1, not "2.5".',
  ])
})
