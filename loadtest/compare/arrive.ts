import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../server/local/root.ts'
import { spreadOf } from '../measure/spread.ts'
import type { Arrivals, ArrivalsPlan } from './arrivals-process.ts'
import { browserWords } from './browser.ts'
import type { Cell } from './cells.ts'
import type { Measured, Place } from './place.ts'

// Compiled, since Node 20 runs no TypeScript.
const PROGRAM = join(ROOT, 'dist', 'loadtest', 'compare', 'arrivals-process.js')
const WITHIN_MS = 120_000

/** A room of its own for each, with no past. */
let rounds = 0

/** Newcomers, one after the other: how long until the first messages are there, and what it took. */
export async function arrive({ way, times }: Extract<Cell, { kind: 'arrive' }>, place: Place): Promise<Measured> {
  const target = place.site.edge!
  const plan: ArrivalsPlan = {
    way,
    times,
    target,
    browser: browserWords(target),
    room: `compare-arrivals-${process.pid}-${rounds++}`,
  }
  const [program, ...words] = [...(place.elsewhere ?? []), process.execPath, PROGRAM, JSON.stringify(plan)]
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
