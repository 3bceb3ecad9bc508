import { Late } from '../pool/bench-pool.ts'
import { arrive } from './arrive.ts'
import type { Cell } from './cells.ts'
import { idle } from './idle.ts'
import type { Measured, Place } from './place.ts'
import { talk } from './talk.ts'

/** Measures one cell once. A timeout is a result; other errors are thrown. */
export async function measure(cell: Cell, place: Place): Promise<Measured> {
  try {
    if (cell.kind === 'arrive') return await arrive(cell, place)
    return cell.kind === 'idle' ? await idle(cell, place) : await talk(cell, place)
  } catch (error) {
    if (!(error instanceof Late)) throw error
    return { complete: false, why: error.message, figures: {} }
  }
}
