import { type Cell, cells, keyOf } from './cells.ts'
import type { Flags } from './flags.ts'
import type { Run } from './results.ts'

export interface Planned {
  cell: Cell
  repetition: number
}

/**
 * What is left to measure, in order. In each repetition the ways of a load begin with another one, so that whatever the
 * machine does besides meets all of them.
 */
export function schedule(
  { only, repeat, quick }: Pick<Flags, 'only' | 'repeat' | 'quick'>,
  done: readonly Run[],
): Planned[] {
  const asked = cells(quick).filter((cell) => only.length === 0 || only.some((word) => keyOf(cell).includes(word)))
  const known = new Set(done.map(({ cell, repetition }) => `${repetition} ${cell}`))
  return Array.from({ length: repeat }, (_, r) => inTurns(asked, r).map((cell) => ({ cell, repetition: r + 1 })))
    .flat()
    .filter(({ cell, repetition }) => !known.has(`${repetition} ${keyOf(cell)}`))
    .sort((one, other) => one.repetition - other.repetition || siteOf(one.cell).localeCompare(siteOf(other.cell)))
}

/** Cells of one site are measured one after the other: nodes that gather alike, behind the same link. */
export function siteOf(cell: Cell): string {
  // Memory is measured from a fresh start.
  if (cell.kind === 'idle') return `idle ${cell.way}`
  return `${cell.link ?? ''} ${cell.kind === 'talk' && cell.windowMs === 0 ? 'not gathered' : 'gathered'}`
}

/** The ways of a load, moved on by `r`. */
function inTurns(all: Cell[], r: number): Cell[] {
  const loads = new Map<string, Cell[]>()
  for (const cell of all) {
    const load = keyOf(cell).replace(`, ${cell.way}`, '')
    loads.set(load, [...(loads.get(load) ?? []), cell])
  }
  return [...loads.values()].flatMap((ways) => ways.map((_, w) => ways[(w + r) % ways.length]!))
}
