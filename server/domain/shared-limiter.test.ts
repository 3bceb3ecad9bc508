import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { EmbeddedCounters } from '../stores/embedded/shared-counters.ts'
import { CARRIED_OVER, RECONCILE_MS, SharedLimiter } from './shared-limiter.ts'

const NODES = 2
const STEP_MS = 100

/** Nodes with a simulated clock and shared counters that can be made unavailable. */
class Cluster {
  nowMs = 0
  isAway = false
  readonly #counters = new EmbeddedCounters(() => this.nowMs)
  readonly nodes = Array.from({ length: NODES }, () => {
    const spend = async (spending: Parameters<EmbeddedCounters['spend']>[0]) => {
      if (this.isAway) throw new Error('away')
      return this.#counters.spend(spending)
    }
    return new SharedLimiter({ spend }, () => this.nowMs)
  })

  /** Advances the clock; each node reconciles once per RECONCILE_MS, in a different step than the others. */
  async step(): Promise<void> {
    this.nowMs += STEP_MS
    for (const [i, node] of this.nodes.entries()) {
      if ((this.nowMs + (i * RECONCILE_MS) / NODES) % RECONCILE_MS === 0) await node.reconcile().catch(() => {})
    }
  }
}

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 200 }) })
const demands = fc.array(fc.array(fc.nat({ max: 30 }), { minLength: NODES, maxLength: NODES }), {
  minLength: 1,
  maxLength: 150,
})

test('two nodes admit at most the limit plus the documented overshoot, and one node the limit', async () => {
  await fc.assert(
    fc.asyncProperty(rates, demands, async (rate, steps) => {
      const cluster = new Cluster()
      const admitted: number[] = []
      for (const step of steps) {
        let sum = 0
        for (const [i, wanted] of step.entries()) {
          for (let n = 0; n < wanted; n++) if (cluster.nodes[i]!.take('k', rate) === 0) sum++
        }
        admitted.push(sum)
        await cluster.step()
      }
      const period = (rate.perSecond * RECONCILE_MS) / 1_000
      const overshoot = (NODES - 1) * (rate.burst + period * (1 + CARRIED_OVER))
      for (let from = 0; from < admitted.length; from++) {
        let sum = 0
        for (let to = from; to < admitted.length; to++) {
          sum += admitted[to]!
          const seconds = ((to - from + 1) * STEP_MS) / 1_000
          expect(sum).toBeLessThanOrEqual(rate.burst + rate.perSecond * seconds + overshoot + NODES)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('a token is available within burst / perSecond and two reconciliations, whatever was spent before', async () => {
  await fc.assert(
    fc.asyncProperty(rates, demands, fc.nat({ max: NODES - 1 }), async (rate, steps, node) => {
      const cluster = new Cluster()
      for (const step of steps) {
        for (const [i, wanted] of step.entries()) for (let n = 0; n < wanted; n++) cluster.nodes[i]!.take('k', rate)
        await cluster.step()
      }
      const withinMs = ((rate.burst + 1) / rate.perSecond) * 1_000 + 2 * RECONCILE_MS
      const until = cluster.nowMs + withinMs
      while (cluster.nodes[node]!.wait('k', rate) > 0 && cluster.nowMs < until) await cluster.step()
      expect(cluster.nodes[node]!.take('k', rate)).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('a client below the limit on all nodes together is never rejected', async () => {
  const cluster = new Cluster()
  const rate = { perSecond: 20, burst: 40 }
  for (let step = 0; step < 600; step++) {
    for (const node of cluster.nodes) expect(node.take('k', rate)).toBe(0)
    await cluster.step()
  }
})

test('the long-term rate of all nodes is the limit, or that of each node while the store is unavailable', async () => {
  const cluster = new Cluster()
  const rate = { perSecond: 20, burst: 40 }
  const flood = async (seconds: number) => {
    let admitted = 0
    for (let step = 0; step < (seconds * 1_000) / STEP_MS; step++) {
      for (const node of cluster.nodes) while (node.take('k', rate) === 0) admitted++
      await cluster.step()
    }
    return admitted / seconds
  }
  await flood(10)
  const together = await flood(60)
  expect(together).toBeGreaterThan(18)
  expect(together).toBeLessThan(23)
  cluster.isAway = true
  const alone = await flood(60)
  expect(alone).toBeGreaterThan(38)
  expect(alone).toBeLessThan(43)
  cluster.isAway = false
  await flood(10)
  expect(await flood(60)).toBeLessThan(23)
})

test('waiters get tokens in FIFO order, and aborted ones leave the queue', async () => {
  const limiter = new SharedLimiter({ spend: async () => [] })
  const rate = { perSecond: 100, burst: 1 }
  const leaving = new AbortController()
  const { signal } = new AbortController()
  const served: number[] = []
  expect(limiter.queue('k', rate, signal)).toBeUndefined()
  const waiting = [1, 2, 3, 4, 5].map(async (i) => {
    await limiter.queue('k', rate, i === 2 ? leaving.signal : signal)
    served.push(i)
  })
  leaving.abort()
  const outcomes = await Promise.allSettled(waiting)
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true])
  expect(served).toEqual([1, 3, 4, 5])
})
