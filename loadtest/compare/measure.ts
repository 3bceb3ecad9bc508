import type { Site } from '../bench/contestants.ts'
import { Late } from '../bench/crowd.ts'
import { arrive } from './arrive.ts'
import type { Cell } from './cells.ts'
import { idle } from './idle.ts'
import type { Figures } from './results.ts'
import { talk } from './talk.ts'

export interface Place {
  site: Site
  /** What starts a program behind the link; undefined: the clients are on this machine's own network. */
  elsewhere?: readonly string[]
}

export interface Measured {
  complete: boolean
  why?: string
  figures: Figures
}

/** One cell, once. What is only late is a result; anything else that goes wrong is thrown. */
export async function measure(cell: Cell, place: Place): Promise<Measured> {
  try {
    if (cell.kind === 'arrive') return await arrive(cell, place)
    return cell.kind === 'idle' ? await idle(cell, place) : await talk(cell, place)
  } catch (error) {
    if (!(error instanceof Late)) throw error
    return { complete: false, why: error.message, figures: {} }
  }
}
