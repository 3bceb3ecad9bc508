import { expect, test } from '@jest/globals'
import { connectionsFlags } from './flags.ts'
import { ALL_USERS, addressesOf, filesOfProcess, membersOf, planOf, roomsOf, THOUSAND } from './plan.ts'

test('100,000 users need six nodes and thirteen nginx workers with 20,000 files per process', () => {
  const all = { count: 100_000, transport: 'websocket' } as const
  expect(planOf(all, 20_000)).toMatchObject({ nodes: 6, workers: 13, processes: 7 })
  expect(planOf({ ...all, nodes: 8 }, 20_000).nodes).toBe(8)
})

test('a higher file limit needs no fewer nodes because of ports and cores; a lower one needs more', () => {
  const all = { count: 100_000, transport: 'websocket' } as const
  expect(planOf(all, Number.POSITIVE_INFINITY)).toMatchObject({ nodes: 6, workers: 13 })
  expect(planOf({ ...all, count: 20_000 }, 8_000)).toMatchObject({ nodes: 4, workers: 8, processes: 4 })
})

test('few users still get a cluster, and long-polling users count twice', () => {
  expect(planOf({ count: 2_000, transport: 'websocket' }, 20_000)).toMatchObject({ nodes: 3, workers: 2, processes: 2 })
  expect(planOf({ count: 30_000, transport: 'polling' }, 20_000)).toMatchObject({ nodes: 4, workers: 8 })
})

test('many users are pinged less often, unless the interval is set', () => {
  const intervalOf = (count: number, pingSeconds?: number) => {
    return planOf({ count, transport: 'websocket', ...(pingSeconds && { pingSeconds }) }, 20_000).pings.intervalMs
  }
  expect([intervalOf(50_000), intervalOf(100_000), intervalOf(100_000, 10)]).toEqual([10_000, 25_000, 10_000])
})

test('each user is in two rooms, one of them with all users', () => {
  const rooms = Array.from({ length: 2_000 }, (_, user) => roomsOf(user))
  const membersIn = (name: string) => rooms.filter((mine) => mine.includes(name)).length
  expect([membersIn(ALL_USERS), membersIn(THOUSAND)]).toEqual([2_000, 1_000])
  expect([membersOf(ALL_USERS, 2_000), membersOf(THOUSAND, 2_000), membersOf(THOUSAND, 300)]).toEqual([
    2_000, 1_000, 300,
  ])
  const [, ...small] = new Set(rooms.map(([own]) => own))
  expect(small.map(membersIn)).toEqual(Array(20).fill(50))
})

test('no address has more users than ports', () => {
  expect(addressesOf(3, 14_286, 9)).toEqual(['127.9.3.1', '127.9.3.2', '127.9.3.3', '127.9.3.4'])
})

test('the file limit is read from /proc', () => {
  const line = (hard: string) =>
    `Max processes 1 1 processes\nMax open files            1024                 ${hard}    files\n`
  expect(filesOfProcess(line('20000'))).toBe(20_000)
  expect(filesOfProcess(line('unlimited'))).toBe(Number.POSITIVE_INFINITY)
  expect(filesOfProcess()).toBeGreaterThan(100)
})

test('flags have defaults, and all problems are reported at once', () => {
  expect(connectionsFlags([])).toMatchObject({ count: 100_000, transport: 'websocket', idleSeconds: 30, keep: false })
  expect(connectionsFlags(['--count', '2000', '--transport', 'polling', '--nodes', '4'])).toMatchObject({ nodes: 4 })
  expect(
    connectionsFlags(['--count', '7', '--transport', 'pigeon', '--pings', '46', '--speed', '3', '--idle', 'x']),
  ).toEqual([
    'Unknown option --speed.',
    'Unexpected argument: 3.',
    '--transport must be websocket or polling, not "pigeon".',
    '--count must be an integer from 100 to 200000, not "7".',
    '--pings must be an integer from 1 to 45, not "46".',
    '--idle must be an integer from 1 to 3600, not "x".',
  ])
})
