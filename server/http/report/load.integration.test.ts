import { expect, test } from '@jest/globals'
import { sample } from '../../test/report-server.ts'
import { loadsOf, MAX_LINES } from './load.ts'

test('rates refer to the covered time; other figures are the maximum of the bin', () => {
  const samples = [
    sample('n1', 0, { messages: 10, bytesIn: 400, cpu: 0.5, coveredMs: 10_000, open: { text: 3, rest: 1 } }),
    // The node restarted within the bin.
    sample('n1', 10_000, {
      incarnation: 'n1.2',
      messages: 20,
      cpu: 2,
      coveredMs: 5_000,
      open: { text: 2 },
      rssBytes: 7,
    }),
    sample('n1', 20_000, { messages: 1 }),
  ]
  const [[name, line]] = [...loadsOf(samples, 20_000)] as [[string, Map<number, object>]]
  expect(name).toBe('n1')
  expect([...line.keys()]).toEqual([0, 20_000])
  expect(line.get(0)).toMatchObject({
    messagesPerSecond: 2,
    bytesInPerSecond: 400 / 15,
    connections: 4,
    rssBytes: 100 * 2 ** 20,
    cpu: 1,
    deliveryP99Ms: undefined,
  })
})

test('figures of merged nodes are summed, and delays are the maximum', () => {
  const count = MAX_LINES + 2
  const samples = Array.from({ length: count }, (_, i) => [
    sample(`n${i}`, 0, { messages: 10, open: { text: 1 }, delivery: [100], loopDelayMs: i, cpu: 0.1 }),
    // The first three nodes have left.
    ...(i > 2 ? [sample(`n${i}`, 10_000, { messages: 10 })] : []),
  ]).flat()
  const loads = loadsOf(samples, 10_000)
  expect([...loads.keys()]).toEqual(['n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', '3 others'])
  expect(loads.get('3 others')!.get(0)).toMatchObject({
    messagesPerSecond: 3,
    connections: 3,
    deliveryP99Ms: loads.get('n3')!.get(0)!.deliveryP99Ms,
    loopDelayMs: 2,
    cpu: expect.closeTo(0.3, 5),
  })
  expect(loads.get('3 others')!.has(10_000)).toBe(false)
})

test('up to MAX_LINES nodes have a line each, in natural order of their names', () => {
  const names = ['n10', 'n2', 'n1', 'n3', 'n4', 'n5', 'n6', 'n7']
  const samples = names.map((name) => sample(name, 0))
  expect([...loadsOf(samples, 10_000).keys()]).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n10'])
})
