import { evidence } from './check/evidence.ts'
import type { Violation } from './check/violation.ts'
import type { Flags } from './flags.ts'
import type { HistoryEvent } from './history.ts'
import { history } from './read-history.ts'
import type { Outcome } from './run.ts'

const SHOWN = 5
const LINE_CHARS = 400

/** Summary table printed at the end. */
export function table({ figures, faults, longestSilence, violations }: Outcome): string {
  const byKind = count(faults.map(({ kind }) => kind))
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const rows: [string, string | number][] = [
    ['sent', figures.sent],
    ['acknowledged', figures.messages],
    ['… with edits, deletions and reactions', figures.acknowledged],
    ['delivered', figures.delivered],
    ['faults', faults.length],
    ...[...byKind].sort().map(([kind, times]): [string, number] => [`  ${kind}`, times]),
    ['longest time without a delivery', `${seconds(longestSilence.forMs)} (${longestSilence.who})`],
    ['violations', violations.length],
    ...[...count(violations.map(({ kind }) => kind))].map(([kind, times]): [string, number] => [`  ${kind}`, times]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'number' ? value.toLocaleString('en') : value}`)
    .join('\n')
}

/** The first few violations of each kind with the events that show them. */
export function violationReport({ violations, files, folder }: Outcome): string {
  const kinds = new Map<string, Violation[]>()
  for (const violation of violations) kinds.set(violation.kind, [...(kinds.get(violation.kind) ?? []), violation])
  const shown = [...kinds.values()].flatMap((all) => all.slice(0, SHOWN))
  const texts = shown.map((violation) => {
    const lines = evidence(history(files), violation).map(line)
    return [`${violation.kind}: ${violation.sentence}`, ...lines].join('\n  ')
  })
  const rest = violations.length - shown.length
  return [...texts, ...(rest > 0 ? [`… and ${rest} more.`] : []), `The complete history is in ${folder}.`].join('\n\n')
}

export function asJson(flags: Flags, { figures, faults, longestSilence, violations }: Outcome): string {
  const { minutes, clients, seed, rate } = flags
  const summary = {
    options: { minutes, clients, seed, rate },
    sent: figures.sent,
    acknowledged: figures.messages,
    acknowledgedOfAllKinds: figures.acknowledged,
    delivered: figures.delivered,
    faultsByKind: Object.fromEntries(count(faults.map(({ kind }) => kind))),
    longestSilence,
    violationsByKind: Object.fromEntries(count(violations.map(({ kind }) => kind))),
    faults,
    violations,
  }
  return `${JSON.stringify(summary, undefined, 2)}\n`
}

function line({ at, who, ...rest }: HistoryEvent): string {
  const text = `${new Date(at).toISOString().slice(11, 23)} ${who} ${JSON.stringify(rest)}`
  return text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)} …` : text
}

function count(all: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1)
  return counts
}
