import { expect, test } from '@jest/globals'
import type { Run } from './run.ts'
import { deliveriesOf, messageCostsOf } from './save-results.ts'

const run = (workload: string, seconds: number, more: Partial<Run> = {}): Run => ({
  ...{ workload, nodes: 1, transport: 'websocket', contestant: 'hubbub', repetition: 1, complete: true },
  at: '2026-01-31T12:00:00.000Z',
  steady: {
    ...{ messages: 1_000, deliveries: 1_000_000, saidSeconds: 10, seconds: 10, p50: 1, p95: 2, p99: 3 },
    cpu: { nodes: [seconds], redis: 1, edge: 0, clients: 1 },
  },
  ...more,
})

test('the cost of a delivery is taken from complete Hubbub runs on one node, in one room, over WebSocket', () => {
  const runs = [
    ...[run('room-100', 4), run('room-100', 6), run('room-100', 5), run('room-1000', 1)],
    ...[run('room-100', 90, { complete: false }), run('rooms', 90), run('room-300-edge', 90)],
    ...[run('room-100', 90, { contestant: 'classic' }), run('room-100', 90, { nodes: 3 })],
    run('room-100', 90, { transport: 'polling' }),
    run('room-10', 90),
  ]
  const made = { date: '2026-01-31', command: 'npm run bench' }
  expect(deliveriesOf({ runs })).toEqual([
    { messagesPerSecond: 100, microsPerDelivery: 5, ...made },
    { messagesPerSecond: 1_000, microsPerDelivery: 1, ...made },
  ])
})

test('the other costs of a message are the remainder on one node and the increase with three nodes', () => {
  // 1,000 deliveries of 50 messages to 20 people each.
  const rooms = (nodes: number, micros: number, redisMicros: number): Run => {
    const cpu = { nodes: [(micros * 50) / 1e6], redis: (redisMicros * 50) / 1e6, edge: 0, clients: 1 }
    return run('rooms', 1, { nodes, steady: { ...run('rooms', 1).steady!, messages: 50, deliveries: 1_000, cpu } })
  }
  const costs = messageCostsOf({ runs: [rooms(1, 900, 190), rooms(3, 1_300, 220)] })
  expect(costs).toEqual({
    'node.microsPerHeard': 200,
    'node.microsPerSend': 700,
    'redis.microsPerSubscriber': 15,
    'redis.microsPerAppend': 175,
  })
  // Each write is part of the send cost.
  const written = messageCostsOf({
    runs: [run('room-100', 10), run('room-1000', 1), rooms(1, 900, 190), rooms(3, 1_300, 220)],
  })
  expect(written['node.microsPerSend']).toBeLessThan(500)
  expect(messageCostsOf({ runs: [] })).toEqual({})
})
