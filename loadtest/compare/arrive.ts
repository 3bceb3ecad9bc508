import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../server/local/root.ts'
import { spreadOf } from '../measure/spread.ts'
import type { Arrivals, ArrivalsPlan } from './arrivals-process.ts'
import { browserWords } from './browser.ts'
import type { Cell } from './cells.ts'
import type { MeasureContext, Measured } from './place.ts'

// Compiled, because Node 20 cannot run TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'compare', 'arrivals-process.js')
const WITHIN_MS = 120_000

/** Numbers the rooms, so that each measurement uses a new, empty one. */
let rounds = 0

/** Measures new connections one after the other: time until the first messages, and traffic. */
export async function arrive(
  { mode, times }: Extract<Cell, { kind: 'arrive' }>,
  context: MeasureContext,
): Promise<Measured> {
  const target = context.system.edge!
  const plan: ArrivalsPlan = {
    mode,
    times,
    target,
    browser: browserWords(target),
    room: `compare-arrivals-${process.pid}-${rounds++}`,
  }
  const [program, ...words] = [...(context.elsewhere ?? []), process.execPath, PROGRAM, JSON.stringify(plan)]
  const { stdout } = await promisify(execFile)(program!, words, { timeout: WITHIN_MS })
  const { why, joinedMs, firstMs, upgradedMs, traffic } = JSON.parse(stdout) as Arrivals
  const middle = (values: number[]) => spreadOf(values)?.median ?? Number.NaN
  return {
    complete: why === undefined,
    ...(why !== undefined && { why }),
    figures: {
      times: firstMs.length,
      joinedMs: middle(joinedMs),
      firstMs: middle(firstMs),
      ...(upgradedMs.length > 0 && { upgradedMs: middle(upgradedMs) }),
      requests: (traffic.polls + traffic.posts + traffic.upgrades) / times,
      sent: traffic.sent / times,
      received: traffic.received / times,
    },
  }
}
