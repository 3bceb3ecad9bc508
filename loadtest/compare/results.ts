import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { TEXT_CHARS } from '../measure/payload.ts'
import { type Spread, spreadOf } from '../measure/spread.ts'
import { type Cell, keyOf } from './cells.ts'
import { derived, type Figures } from './derived.ts'
import { SETTINGS } from './site.ts'

export interface Run {
  /** As returned by `keyOf`. */
  cell: string
  repetition: number
  /** Start time, ISO 8601. */
  at: string
  /** Every delivery arrived in time, and nothing was refused. */
  complete: boolean
  /** Reason if not complete. */
  why?: string
  figures: Figures
}

/** Content of loadtest/results/compare.json. */
export interface Results {
  machine: Machine & {
    /** TCP congestion control algorithm. */
    congestionControl: string
  }
  /** Settings of Hubbub that differ from its defaults. */
  settings: Record<string, string>
  textChars: number
  /** Shorter runs of some cells. */
  quick: boolean
  /** How slow links were created, once there was one. */
  links?: string
  /** Reason why no link could be created in the last attempt. */
  noLinks?: string
  runs: Run[]
}

export function results(quick: boolean): Results {
  return {
    machine: { ...thisMachine(), congestionControl: congestionControl() },
    settings: { ...SETTINGS },
    textChars: TEXT_CHARS,
    quick,
    runs: [],
  }
}

function congestionControl(): string {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

/** Undefined if the file does not exist. */
export function readResults(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes JSON with one line per run. */
export function writeResults(file: string, { runs, ...rest }: Results): void {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(7)) : value)
  const lines = runs.map((run) => JSON.stringify(run, round)).join(',\n')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "runs": [\n${lines}\n]}\n`)
}

/**
 * The results to continue: runs of this machine with these settings. A full run replaces a quick one; the reverse is
 * refused with an error text.
 */
export function goOnFrom(before: Results | undefined, now: Results): Results | string {
  if (!before || (before.quick && !now.quick)) return now
  if (now.quick && !before.quick) return 'A quick run does not replace its full run. Set another file with --json.'
  const conditions = ({ runs, links, noLinks, ...rest }: Results) => JSON.stringify(rest)
  if (conditions(before) !== conditions(now)) {
    return 'It is from another machine or other settings. Set another file with --json, or move it.'
  }
  // Runs without figures, in which no client connected, are repeated.
  return { ...before, runs: before.runs.filter(({ figures }) => Object.keys(figures).length > 0) }
}

/** Result of one cell over its repetitions. */
export interface Summary {
  cell: string
  complete: number
  repetitions: number
  why?: string
  /**
   * Spread over the complete repetitions or, if there are none, over all: then it shows how far the system fell behind.
   */
  of(figure: string): Spread | undefined
}

export class Summaries {
  readonly #all = new Map<string, Run[]>()

  constructor({ runs }: Pick<Results, 'runs'>) {
    for (const run of runs) this.#all.set(run.cell, [...(this.#all.get(run.cell) ?? []), run])
  }

  /** Undefined if the cell was not measured. */
  get(cell: Cell): Summary | undefined {
    const runs = this.#all.get(keyOf(cell))
    if (!runs) return undefined
    const good = runs.filter(({ complete }) => complete)
    const counted = good.length > 0 ? good : runs
    return {
      cell: keyOf(cell),
      complete: good.length,
      repetitions: runs.length,
      why: runs.find(({ complete }) => !complete)?.why,
      of: (figure) =>
        spreadOf(
          counted
            .map(({ figures }) => derived(figures)[figure])
            .filter((value) => value !== undefined && Number.isFinite(value)) as number[],
        ),
    }
  }
}
