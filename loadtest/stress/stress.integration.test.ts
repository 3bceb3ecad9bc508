import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { UNLIMITED } from '../../server/local/unlimited.ts'
import { stressFlags } from './flags.ts'
import type { Outcome } from './outcome.ts'
import type { LoadPreset } from './presets.ts'
import { run } from './run.ts'
import { Servers } from './servers.ts'

let servers: Servers
beforeAll(async () => {
  const fast = { ...UNLIMITED, LOG_LEVEL: 'error', APPENDS_PER_SECOND: '1000000', APPENDS_BURST: '1000000' }
  servers = await Servers.start(3, 100, fast)
}, 60_000)
afterAll(() => servers.close())

/** Runs a smaller preset on shared nodes, which keep running unless `shutDown`. */
async function small(argv: string[], { shutDown = false } = {}): Promise<Outcome> {
  const flags = stressFlags(['--preset', ...argv])
  if (Array.isArray(flags)) throw new Error(flags.join('\n'))
  return run(flags.preset as LoadPreset, servers, { shutDown })
}

test('strangers-90000 passes at a hundredth of its size', async () => {
  const outcome = await small(['strangers-90000', '--clients', '30'])
  expect(outcome).toMatchObject({ faults: [], offered: 900, heldBack: 0 })
  expect(outcome).toMatchObject({ sent: 900, stored: 900, relayed: 900, received: 900 })
}, 60_000)

test.each([
  ['strangers-small', 300, 1],
  ['strangers-large', 600, 3],
])(
  '%s at a hundredth: what is sent is stored, relayed and received, and the rest is held back',
  async (preset, offered, parts) => {
    const {
      faults,
      sent,
      heldBack,
      stored,
      relayed,
      received,
      offered: due,
    } = await small([preset, '--clients', '30', '--seconds', '1'])
    expect({ faults, due }).toEqual({ faults: [], due: offered })
    expect(sent).toBeGreaterThan(0)
    expect({ sent, stored, relayed, received }).toEqual({
      sent: offered - heldBack!,
      stored: sent! * parts,
      relayed: sent,
      received: sent,
    })
  },
  60_000,
)

test('ten looping clients are served until the shutdown', async () => {
  const { faults, stored, received, ended } = await small(['text-loop', '--seconds', '1'], { shutDown: true })
  // The preset itself judges the shutdown time and the close codes of slow readers; other tests share the machine here.
  expect(faults.filter((fault) => !/^The nodes took|were not notified|clients were lost: closed/.test(fault))).toEqual(
    [],
  )
  expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(10)
  expect(stored).toBeGreaterThan(0)
  expect(received).toBeGreaterThan(0)
}, 60_000)
