import { describe, expect, test } from '@jest/globals'
import { failsFirst, plan } from './plan.ts'
import { madeUp } from './sample-costs.ts'
import { hosting, traffic } from './traffic.ts'
import { type CostName, type UnitCosts, unitCosts } from './unit-costs.ts'
import { USUAL, USUAL_LIMITS, type Workload } from './workload.ts'

const costs = unitCosts(madeUp) as UnitCosts
const silent: Workload = { ...USUAL, connections: 100_000, messagesPerMinute: 1e-6, sessionMinutes: 1e6 }
const usual = (connections: number, changes: Partial<Workload> = {}): Workload => ({
  ...USUAL,
  connections,
  ...changes,
})
const planned = (workload: Workload, limits = USUAL_LIMITS, given = costs) => plan(workload, given, limits)

/** The sample costs with one value replaced. */
const costsWith = (name: CostName, value: number): UnitCosts => ({
  ...costs,
  of: (asked) => (asked === name ? value : costs.of(asked)),
})

describe('traffic', () => {
  test('is computed per second', () => {
    const flow = traffic(usual(120_000, { membersPerRoom: 50, roomsPerConnection: 5, messagesPerMinute: 0.5 }))
    expect(flow.rooms).toBe(12_000)
    expect(flow.messages).toBe(1_000)
    expect(flow.deliveries).toBe(50_000)
    expect(flow.arrivals).toBeCloseTo(120_000 / 1_800)
    // A room has one message every 12 s, so packets are rarely shared.
    expect(flow.packets / flow.deliveries).toBeGreaterThan(0.999)
  })

  test('of a large room reaches every node, of a small one as many as it has members', () => {
    expect(hosting(10, 5_000)).toBeCloseTo(10, 6)
    expect(hosting(10_000, 3)).toBeCloseTo(3, 2)
    expect(hosting(1, 50)).toBe(1)
  })
})

describe('nodes', () => {
  test('of idle connections are limited by files, with one zone lost', () => {
    const { nodes } = planned(silent)
    // 100,000 / 19,800 = 5.05; two thirds of the nodes must suffice.
    expect(nodes).toMatchObject({ count: 8, decidedBy: "a node's files" })
  })

  test('in a single zone have one spare', () => {
    expect(planned({ ...silent, zones: 1 }).nodes.count).toBe(7)
  })

  test('with more files are limited by memory', () => {
    const { nodes } = planned({ ...silent, connections: 1_000_000 }, { ...USUAL_LIMITS, files: 1_000_000 })
    // (1.5 GiB − 100 MB) / 20 kB = 75,530 each; 1,000,000 / 75,530 = 13.2; times 3 / 2.
    expect(nodes).toMatchObject({ count: 20, decidedBy: "a node's memory" })
  })

  test('of busy connections are limited by deliveries', () => {
    const workload = usual(100_000, { messagesPerMinute: 6, sessionMinutes: 1e6 })
    const { nodes } = planned(workload)
    const { deliveries, messages } = traffic(workload)
    expect(nodes.decidedBy).toBe("a node's CPU")
    // At least the deliveries alone at 8 µs each, plus the entries received from Redis.
    expect(nodes.count).toBeGreaterThan((deliveries * 8e-6) / 0.5)
    expect(nodes.count).toBeLessThan(((deliveries * 9e-6 + messages * (100 + 50 * 20) * 1e-6) / 0.5) * 1.5 + 3)
  })

  test('that exceed a limit without connections are refused', () => {
    expect(() => planned(silent, USUAL_LIMITS, costsWith('node.bytesEmpty', 4e9))).toThrow(RangeError)
  })
})

describe('the edge', () => {
  test('needs two files a connection', () => {
    const { edges } = planned({ ...silent, tls: false })
    // 200,000 files / (4 × 20,000) = 2.5 machines; times 3 / 2.
    expect(edges).toMatchObject({ count: 4, decidedBy: "an nginx worker's files" })
  })

  test('is limited by ports with few machines and nodes', () => {
    const limits = { ...USUAL_LIMITS, files: 1_000_000, nodeBytes: 64e9, ports: 5_000 }
    expect(planned(silent, limits).edges.decidedBy).toBe('ports between an edge machine and a node')
  })

  test('spends CPU on TLS handshakes', () => {
    const busy = usual(1_000_000, { sessionMinutes: 1, messagesPerMinute: 0.01 })
    const limits = { ...USUAL_LIMITS, files: 1_000_000 }
    expect(planned(busy, limits).edges.count).toBeGreaterThan(4 * planned({ ...busy, tls: false }, limits).edges.count)
  })
})

describe('Redis', () => {
  test('stores recent responses besides the logs', () => {
    const { redis, flow } = planned(usual(1_000_000, { sessionMinutes: 1e6 }))
    const bytes = flow.rooms * 1_000 * 500 + flow.messages * 600 * 500 + 5_000_000 * 300
    expect(redis.bytesEach * redis.shards).toBeCloseTo(bytes, -3)
    expect(redis).toMatchObject({ decidedBy: "a shard's memory", shards: Math.ceil(bytes / USUAL_LIMITS.redisBytes) })
  })

  test('sends an entry to each node that hosts the room', () => {
    const workload = usual(1_000_000, { keptPerRoom: 1 })
    const [plain, dear] = [
      planned(workload),
      planned(workload, USUAL_LIMITS, costsWith('redis.microsPerSubscriber', 40)),
    ]
    expect(dear.redis.decidedBy).toBe("a shard's CPU")
    expect(dear.redis.shards).toBeGreaterThan(plain.redis.shards)
    expect(plain.hosts).toBeGreaterThan(30)
  })

  test('has the leases and the busiest room on one shard each, however many shards there are', () => {
    const of = (given: UnitCosts, workload = usual(10_000_000)) =>
      Object.fromEntries(planned(workload, USUAL_LIMITS, given).single.map(({ part, used }) => [part, used]))
    expect(
      of(costsWith('redis.microsPerLease', 0.4))["the leases' shard"]! / of(costs)["the leases' shard"]!,
    ).toBeGreaterThan(1.9)
    const busier = usual(10_000_000, { busiestRoom: { members: 5_000, messagesPerSecond: 20 } })
    expect(of(costs, busier)["the busiest room's shard"]! / of(costs)["the busiest room's shard"]!).toBeCloseTo(2, 6)
  })
})

describe('what fails first', () => {
  test('is the fullest limit, and all scalable limits are respected', () => {
    for (const connections of [10_000, 1_000_000, 10_000_000]) {
      const of = planned(usual(connections))
      for (const { part, used } of of.spread) expect([part, used <= 1]).toEqual([part, true])
      expect(failsFirst(of).used).toBe(Math.max(of.spread[0]!.used, of.single[0]!.used))
    }
  })

  test('is a part that cannot be scaled once it exceeds one core', () => {
    expect(failsFirst(planned(usual(10_000_000), USUAL_LIMITS, costsWith('redis.microsPerLease', 5))).part).toBe(
      "the leases' shard",
    )
  })
})

describe('a storm', () => {
  test('takes as long as the slowest part', () => {
    const { storms, nodes } = planned({ ...silent, tls: false })
    expect(storms.node.lost).toBe(100_000 / 8)
    // 12,500 × 500 µs on 7 nodes that are nearly idle.
    expect(storms.node).toMatchObject({ slowest: 'Redis' })
    const cheap = planned(silent, USUAL_LIMITS, {
      ...costs,
      of: (name) => (name.startsWith('redis') || name.startsWith('edge') ? 0 : costs.of(name)),
    })
    expect(cheap.storms.node.slowest).toBe('nodes')
    expect(cheap.storms.node.seconds).toBeCloseTo((12_500 * 500e-6) / (nodes.count - 1), 1)
  })

  test('of all clients takes longer than of some', () => {
    const { storms } = planned(usual(1_000_000))
    expect(storms.everybody.seconds).toBeGreaterThan(storms.edge.seconds)
    expect(storms.edge.seconds).toBeGreaterThan(storms.node.seconds)
  })
})

test('more connections never need fewer resources', () => {
  const plans = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000].map((size) => planned(usual(size)))
  const counts = plans.map(({ nodes, edges, redis }) => [nodes.count, edges.count, redis.shards])
  for (const column of [0, 1, 2]) {
    const grown = counts.map((row) => row[column]!)
    expect(grown).toEqual([...grown].sort((one, other) => one - other))
  }
  expect(plans.at(-1)!.network.clients / plans[0]!.network.clients).toBeCloseTo(1_000, 0)
})
