import { type Cell, cells, keyOf } from './cells.ts'
import type { Flags } from './flags.ts'
import type { Run } from './results.ts'

export interface Planned {
  cell: Cell
  repetition: number
}

/**
 * The remaining measurements in order. In each repetition the transports of a load start with another one, so that
 * disturbances of the machine affect all of them.
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
    .sort(
      (one, other) =>
        one.repetition - other.repetition || environmentKey(one.cell).localeCompare(environmentKey(other.cell)),
    )
}

/** Key of the nodes and link that a cell needs; cells with the same key are measured one after the other. */
export function environmentKey(cell: Cell): string {
  // Memory is measured on freshly started nodes.
  if (cell.kind === 'idle') return `idle ${cell.mode}`
  return `${cell.link ?? ''} ${cell.kind === 'talk' && cell.windowMs === 0 ? 'not gathered' : 'gathered'}`
}

/** Rotates the transports of each load by `r`. */
function inTurns(all: Cell[], r: number): Cell[] {
  const loads = new Map<string, Cell[]>()
  for (const cell of all) {
    const load = keyOf(cell).replace(`, ${cell.mode}`, '')
    loads.set(load, [...(loads.get(load) ?? []), cell])
  }
  return [...loads.values()].flatMap((modes) => modes.map((_, w) => modes[(w + r) % modes.length]!))
}
