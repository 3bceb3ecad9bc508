import { expect, test } from '@jest/globals'
import { Random } from '../../measure/random.ts'
import { ExpensiveCommands, floodPackets, WorstGuest } from './commands.ts'
import { CpuBudget } from './cpu-budget.ts'
import { FrameBlock } from './frame-block.ts'
import { counterSums, difference, total } from './node-metrics.ts'
import { OpenLoop } from './open-loop.ts'
import { PHASES, scaled } from './phases.ts'
import { attackerPlans, userPlans } from './plan.ts'
import { missingFrom } from './presence-check.ts'

test('the seed determines the plan', () => {
  const plans = (seed: number) => [userPlans(300, seed), PHASES.map((phase, i) => attackerPlans(phase, i, seed))]
  expect(plans(7)).toEqual(plans(7))
  expect(plans(8)).not.toEqual(plans(7))
  const said = (seed: number) => {
    const sources = [new ExpensiveCommands(new Random(seed), 'x'), new WorstGuest(new Random(seed), 'x')]
    return [
      floodPackets(new Random(seed), 100),
      ...sources.map((source) => Array.from({ length: 300 }, () => source.next())),
    ]
  }
  expect(said(7)).toEqual(said(7))
  expect(said(8)).not.toEqual(said(7))
})

test('ordinary users and the attackers of each phase share no address', () => {
  const users = new Set(userPlans(300, 1).map(({ localAddress }) => localAddress))
  expect(users.size).toBe(30)
  const all = PHASES.map((phase, i) => new Set(attackerPlans(phase, i, 1).map(({ localAddress }) => localAddress)))
  expect(all.map((addresses) => addresses.size)).toEqual([20, 20, 10, 40, 1, 4, 18, 113])
  expect(new Set([...users, ...all.flatMap((each) => [...each])]).size).toBe(30 + 226)
})

test('every flooding phase offers a quarter more than required, scaled down or not', () => {
  for (const phase of PHASES.flatMap((each) => [each, scaled(each, 0.1)])) {
    if (phase.offeredAtLeast === undefined) continue
    const offered = phase.groups.reduce((sum, { count, perSecond }) => sum + count * perSecond, 0)
    expect(offered).toBeGreaterThanOrEqual(phase.offeredAtLeast * 1.25)
  }
})

test('due commands follow the clock, and old ones are dropped', () => {
  const loop = new OpenLoop(150)
  expect([0, 10, 20, 30].map((now) => loop.due(now))).toEqual([0, 1, 2, 1])
  expect(loop.due(10_030)).toBe(38)
})

test('a process above its CPU share is paused until the budget is refilled', () => {
  let [now, used] = [0, 0]
  const budget = new CpuBudget(
    0.25,
    () => now,
    () => used,
  )
  used = 99
  expect(budget.exhausted).toBe(false)
  used = 151
  now = 200
  expect([budget.exhausted, budget.throttledMs]).toEqual([true, 200])
  now = 205
  expect([budget.exhausted, budget.throttledMs]).toEqual([false, 200])
})

test('frames are taken in order, complete, and cyclically', () => {
  const block = new FrameBlock([Buffer.from('a'), Buffer.from('bc'), Buffer.from('d')])
  const taken = [2, 5, 0, 1].map((count) => Buffer.concat([...block.take(count)]).toString())
  expect(taken).toEqual(['abc', 'dabcda', '', 'bc'])
})

test('users connected before and after a list was read must be in it', () => {
  expect(missingFrom(new Set(['a']), ['a', 'b', 'c'], ['a', 'b', 'd'])).toEqual(['b'])
  expect(missingFrom(new Set(), undefined, ['a'])).toEqual([])
})

test('counters are summed over nodes by their other labels', () => {
  const page = (n: number) =>
    `# HELP\nhubbub_refused_total{node="n${n}",code="rate_limited"} ${n}\nhubbub_x_total{node="n${n}"} 2\nhubbub_gauge 3\n`
  const sums = counterSums([page(1), page(2)])
  expect(sums).toEqual({ 'hubbub_refused_total{code="rate_limited"}': 3, hubbub_x_total: 4 })
  const later = { ...sums, 'hubbub_refused_total{code="rate_limited"}': 10, 'hubbub_refused_total{code="deleted"}': 1 }
  expect(difference(sums, later)).toEqual({
    'hubbub_refused_total{code="rate_limited"}': 7,
    'hubbub_refused_total{code="deleted"}': 1,
  })
  expect([total(later, 'hubbub_refused_total'), total(later, 'hubbub_refused_total', 'rate')]).toEqual([11, 10])
})
