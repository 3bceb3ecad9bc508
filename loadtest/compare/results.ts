import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { TEXT_CHARS } from '../measure/payload.ts'
import { type Spread, spreadOf } from '../measure/spread.ts'
import { type Cell, keyOf } from './cells.ts'
import { derived, type Figures } from './derived.ts'
import { SETTINGS } from './site.ts'

export interface Run {
  /** As keyOf has it. */
  cell: string
  repetition: number
  /** When it began, ISO 8601. */
  at: string
  /** Every delivery arrived in time, and nothing was refused. */
  complete: boolean
  /** What was the matter otherwise. */
  why?: string
  figures: Figures
}

/** What loadtest/results/compare.json holds. */
export interface Results {
  machine: Machine & {
    /** What TCP does upon loss. */
    congestionControl: string
  }
  /** Of Hubbub, beside its defaults. */
  settings: Record<string, string>
  textChars: number
  /** Short, and a part of the cells. */
  quick: boolean
  /** How slow links were made, once there was one. */
  links?: string
  /** Why there was none, the last time that they were asked for. */
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

/** Undefined where there is no such file. */
export function readResults(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A line for each run. */
export function writeResults(file: string, { runs, ...rest }: Results): void {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(7)) : value)
  const lines = runs.map((run) => JSON.stringify(run, round)).join(',\n')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "runs": [\n${lines}\n]}\n`)
}

/**
 * What is there to go on from: the runs of this machine with these settings. A quick run makes way for a whole one; the
 * other way round nothing is thrown away, but refused with a sentence.
 */
export function goOnFrom(before: Results | undefined, now: Results): Results | string {
  if (!before || (before.quick && !now.quick)) return now
  if (now.quick && !before.quick)
    return 'It holds a whole run, which a quick one does not replace. Name another file with --json.'
  const told = ({ runs, links, noLinks, ...rest }: Results) => JSON.stringify(rest)
  if (told(before) !== told(now)) {
    return 'It was measured on another machine, or with other settings. Name another file with --json, or move it away.'
  }
  // Where nobody got in, nothing was measured: that is tried again.
  return { ...before, runs: before.runs.filter(({ figures }) => Object.keys(figures).length > 0) }
}

/** What one cell came to over its repetitions; of those that count, where any does. */
export interface Summary {
  cell: string
  complete: number
  repetitions: number
  why?: string
  /** Of the repetitions that count, or, where none does, of all: then it is how far behind it fell. */
  of(figure: string): Spread | undefined
}

export class Summaries {
  readonly #all = new Map<string, Run[]>()

  constructor({ runs }: Pick<Results, 'runs'>) {
    for (const run of runs) this.#all.set(run.cell, [...(this.#all.get(run.cell) ?? []), run])
  }

  /** Undefined of what was not measured. */
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
