import { TimeoutError } from '../pool/bench-pool.ts'
import { arrive } from './arrive.ts'
import type { Cell } from './cells.ts'
import { idle } from './idle.ts'
import type { MeasureContext, Measured } from './place.ts'
import { talk } from './talk.ts'

/** Measures one cell once. A timeout is a result; other errors are thrown. */
export async function measure(cell: Cell, context: MeasureContext): Promise<Measured> {
  try {
    if (cell.kind === 'arrive') return await arrive(cell, context)
    return cell.kind === 'idle' ? await idle(cell, context) : await talk(cell, context)
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    return { complete: false, why: error.message, figures: {} }
  }
}
