import type { SystemName } from '../systems/systems.ts'
import type { Summary } from './results.ts'
import type { Setting } from './run.ts'

/** Result of comparing Hubbub with one goal. */
export interface Verdict {
  goal: string
  setting: string
  /** Formatted, with units. */
  reached: string
  wanted: string
  met: boolean
  /** Relative distance from the bound; above zero, the goal is missed by that share. */
  over: number
}

const RATIOS: Record<string, number> = { 'room-1000': 1 / 12, 'room-100': 1 / 2, 'room-10': 1.1, rooms: 1.25 }
const P99_MORE_MS = 12
/** CPU share of the busiest node below which plain Socket.IO is below half of its capacity. */
const HALF = 0.5
const EDGE_P99_MS = 60
const MOST_DELIVERIES = 1_000_000
const ELSEWHERE_SHARE = 0.02
const STRETCH = 1.6

/** All goals that these summaries cover. "Plain" is Socket.IO with the classic adapter. */
export function verdicts(summaries: readonly Summary[]): Verdict[] {
  const hubbub = summaries.filter(({ contestant }) => contestant === 'hubbub')
  return hubbub.flatMap((ours) => {
    const against = (name: SystemName) => summaries.find((each) => each.contestant === name && same(each, ours))
    const classic = against('classic')
    return [
      ...cpu(ours, classic),
      ...delay(ours, classic),
      ...edge(ours),
      ...most(ours),
      ...memory(ours, classic, against('bare')),
      ...elsewhere(ours),
    ]
  })
}

const same = (one: Setting, other: Setting) =>
  one.workload === other.workload && one.nodes === other.nodes && one.transport === other.transport

function settingOf({ workload, nodes, transport }: Setting): string {
  return `${workload}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${transport}`
}

/** Verdict for a value that must not exceed `bound`. */
function atMost(goal: string, ours: Setting, value: number, bound: number, words: (value: number) => string): Verdict {
  const [reached, wanted] = [words(value), `at most ${words(bound)}`]
  return { goal, setting: settingOf(ours), reached, wanted, met: value <= bound, over: value / bound - 1 }
}

function cpu(ours: Summary, classic?: Summary): Verdict[] {
  const ratio = RATIOS[ours.workload]
  if (!ratio || !ours.cpuPerDelivery || !classic?.cpuPerDelivery) return []
  const value = ours.cpuPerDelivery.median / classic.cpuPerDelivery.median
  return [atMost('server CPU per delivery, relative to plain', ours, value, ratio, (share) => share.toFixed(3))]
}

function delay(ours: Summary, classic?: Summary): Verdict[] {
  if (!ours.p99 || !classic?.p99 || !classic.busiest || classic.busiest.median >= HALF) return []
  const bound = classic.p99.median + P99_MORE_MS
  return [atMost('p99, plain below half its capacity', ours, ours.p99.median, bound, (ms) => `${ms.toFixed(1)} ms`)]
}

function edge(ours: Summary): Verdict[] {
  if (ours.workload !== 'room-300-edge' || !ours.p99) return []
  return [atMost('p99 through nginx', ours, ours.p99.median, EDGE_P99_MS, (ms) => `${ms.toFixed(1)} ms`)]
}

function most(ours: Summary): Verdict[] {
  if (ours.workload !== 'most' || !ours.deliveriesPerSecond) return []
  const value = ours.deliveriesPerSecond.median
  const words = (count: number) => `${Math.round(count).toLocaleString('en')}/s`
  const over = 1 - value / MOST_DELIVERIES
  const wanted = `above ${words(MOST_DELIVERIES)}`
  const setting = settingOf(ours)
  return [{ goal: 'deliveries sustained', setting, reached: words(value), wanted, met: value > MOST_DELIVERIES, over }]
}

function memory(ours: Summary, classic?: Summary, bare?: Summary): Verdict[] {
  return (['rss', 'heap'] as const).flatMap((part) => {
    const value = ours[part]?.median
    if (value === undefined) return []
    const kb = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`
    const [plain, floor] = [classic?.[part]?.median, bare?.[part]?.median]
    return [
      ...(plain ? [atMost(`memory per idle connection (${part}), at most plain`, ours, value, plain, kb)] : []),
      ...(floor ? [atMost(`stretch: ${STRETCH} × bare ws (${part})`, ours, value, STRETCH * floor, kb)] : []),
    ]
  })
}

function elsewhere(ours: Summary): Verdict[] {
  if (!ours.cpuShare) return []
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  return [atMost('CPU of a node without members of the room', ours, ours.cpuShare.median, ELSEWHERE_SHARE, percent)]
}
