import { expect, test } from '@jest/globals'
import type { Transport } from '../clients/packet-codec.ts'
import { faultsOf } from './outcome.ts'
import { planOf } from './plan.ts'
import { run } from './run.ts'

test.each<[Transport, number]>([
  ['websocket', 2_000],
  ['polling', 200],
])(
  'over %s, %i users connect, stay and receive every message',
  async (transport, count) => {
    const plan = planOf({ count, transport }, 20_000)
    const steps: string[] = []
    const outcome = await run({ plan, arriving: 100, idleSeconds: 1, step: (what) => steps.push(what) })
    expect(faultsOf(outcome)).toEqual([])
    expect(outcome).toMatchObject({ live: count, lost: 0, nodes: 3 })
    expect(Object.keys(outcome.on).sort()).toEqual(['n1', 'n2', 'n3'])
    expect(outcome.thousand.heard).toBe(12 * Math.min(1_000, count))
    expect(outcome.all.map(({ heard }) => heard)).toEqual([count, count, count])
    expect(outcome.idleCpu.nodes).toBeGreaterThanOrEqual(0)
    expect(steps.some((what) => what.includes('are connected after'))).toBe(true)
  },
  300_000,
)
