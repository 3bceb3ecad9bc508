import { total } from './node-metrics.ts'
import type { AbuseOutcome, Measurement, PhaseResult } from './result.ts'

const REFUSED = 'hubbub_refused_total'

/** Formats one phase. */
export function phaseTable(result: PhaseResult): string {
  const { control, attack, presence, memory, counters, healthMs } = result
  const { offered, written, heldBack, unconnected, served } = attack.attack
  const perSecond = (count: number) => Math.round(count / attack.seconds).toLocaleString('en')
  const refused = Object.entries(counters).flatMap(([key, count]) => {
    const code = key.startsWith(REFUSED) ? /code="(\w+)"/.exec(key)?.[1] : undefined
    return code === undefined ? [] : [[code, count] as const]
  })
  const reasons = Object.entries(counters).flatMap(([key, count]) => {
    const reason = /reason="([^"]+)"/.exec(key)?.[1]
    return reason === undefined ? [] : [[`${key.split('{')[0]!.slice('hubbub_'.length)} ${reason}`, count] as const]
  })
  const rows: (readonly [string, string])[] = [
    ['acknowledged', latency(control, attack, 'ack')],
    ['delivered', latency(control, attack, 'delivery')],
    ['users’ connections lost', counts(Object.entries(attack.disconnects))],
    ['missing from a member list', `${presence.missing} at most, of ${presence.reads} lists read on all nodes`],
    ['newcomers', newcomers(attack)],
    ['/healthz, slowest', `${healthMs} ms`],
    [
      'memory',
      memory.map((node, i) => `n${i + 1} ${mb(node.before)}, ${mb(node.most)}, ${mb(node.after)}`).join(' · '),
    ],
    ['offered/s', perSecond(offered)],
    ['  written/s', perSecond(written)],
    ['  held back/s', perSecond(heldBack)],
    ['  no connection/s', perSecond(unconnected)],
    [
      'refused/s, by the nodes',
      `${perSecond(total(counters, REFUSED))}${refused.length > 0 ? `: ${counts(refused)}` : ''}`,
    ],
    ['served/s', perSecond(served)],
    ['closed, as attackers saw it', counts(Object.entries(attack.attack.closed))],
    ['counted by reason', counts(reasons)],
    ['attackers', `${cores(control)} cores in the control, ${cores(attack)} in the attack`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const verdict = [
    ...result.voids.map((reason) => `VOID  ${reason}`),
    ...result.faults.map((fault) => `FAIL  ${fault}`),
  ]
  return [
    `${result.phase}: ${result.title}, ${Math.round(attack.seconds)} s`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(verdict.length > 0 ? verdict : ['ok']).map((line) => `  ${line}`),
  ].join('\n')
}

/** One line per phase. */
export function summary({ phases }: AbuseOutcome): string {
  const rows = [
    ['phase', 'ack p99', 'delivery p99', 'lost', 'missing', 'refused', 'offered/s', 'cores', 'verdict'],
    ...phases.map(({ phase, control, attack, presence, voids, faults }) => [
      phase,
      `${control.ack.p99} → ${attack.ack.p99}`,
      `${control.delivery.p99} → ${attack.delivery.p99}`,
      `${sum(attack.disconnects)}`,
      `${presence.missing}`,
      `${sum(attack.newcomers.refused)} of ${sum(attack.newcomers.refused) + attack.newcomers.admitted}`,
      Math.round(attack.attack.offered / attack.seconds).toLocaleString('en'),
      cores(attack),
      voids.length > 0 ? 'void' : faults.length > 0 ? 'failed' : 'ok',
    ]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function latency(control: Measurement, attack: Measurement, what: 'ack' | 'delivery'): string {
  const [one, other] = [control[what], attack[what]]
  return `p50 ${one.p50} → ${other.p50} ms   p99 ${one.p99} → ${other.p99} ms (control → attack)`
}

function newcomers({ newcomers: { admitted, refused, p50, worst } }: Measurement): string {
  const no = sum(refused) > 0 ? `, refused: ${counts(Object.entries(refused))}` : ''
  return `${admitted} admitted, p50 ${p50} ms, worst ${worst} ms${no}`
}

const counts = (all: readonly (readonly [string, number])[]): string =>
  all.map(([name, count]) => `${count.toLocaleString('en')} ${name}`).join(', ') || 'none'
const sum = (all: Record<string, number>): number => Object.values(all).reduce((total, count) => total + count, 0)
const cores = ({ attackCores }: Measurement): string => attackCores.toFixed(2)
const mb = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`
