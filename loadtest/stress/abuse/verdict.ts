import { BACK_WITHIN_BYTES, BACK_WITHIN_MS, isBack } from './memory-watch.ts'
import type { Measurement, PhaseResult } from './result.ts'

const P99_MAX_RATIO = 2
const P99_MAX_MS = 100
/** CPU share of one core for all attackers together. */
export const ATTACK_CORES = 0.5
/** Throttling reacts after the budget is used up, and responses in flight are still read. */
const ATTACK_CORES_TOLERANCE = 1.1

type Facts = Omit<PhaseResult, 'faults' | 'voids' | 'counters' | 'phase' | 'title' | 'healthMs'>

/** Effects of an attack on ordinary users, one sentence each. */
export function phaseFaults({ control, attack, presence, memory }: Facts): string[] {
  const large = memory.flatMap((node, i) => (isBack(node) ? [] : [{ node, name: `n${i + 1}` }]))
  return [
    ...latencyFaults('acknowledgements', control.ack.p99, attack.ack.p99),
    ...latencyFaults('deliveries', control.delivery.p99, attack.delivery.p99),
    ...counted(attack.disconnects, (many, why) => `${many} ordinary connections ended: ${why}.`),
    ...counted(attack.faults, (many, why) => `${many} messages of ordinary users were not stored: ${why}.`),
    attack.unanswered > 0 && `${attack.unanswered} messages of ordinary users were not answered.`,
    attack.outOfOrder > 0 && `${attack.outOfOrder} entries were out of order.`,
    attack.stale > 0 && `${attack.stale} streams of ordinary users were ended as too slow.`,
    attack.behind > 0 && `${attack.behind} streams of ordinary users lacked entries in the end.`,
    presence.missing > 0 &&
      `${presence.missing} connected users were missing from a member list (${presence.examples[0]}).`,
    presence.reads === 0 && 'No member list could be read.',
    presence.unanswered > 0 && `${presence.unanswered} member lists could not be read.`,
    ...counted(attack.newcomers.refused, (many, why) => `${many} newcomers were refused: ${why}.`),
    ...large.map(
      ({ name, node: { before, after } }) =>
        `${name} holds ${mb(after)} MB ${BACK_WITHIN_MS / 1_000} s after the attack, ${mb(after - before)} MB more than before it; at most ${mb(BACK_WITHIN_BYTES)} MB are allowed.`,
    ),
  ].filter((fault) => fault !== false)
}

/** Reasons why a phase is void, one sentence each. */
export function phaseVoids({ users, control, attack, offeredAtLeast = 0 }: Facts): string[] {
  const both = [
    ['control', control],
    ['attack', attack],
  ] as const
  const absent = users.all - users.ready
  const missing =
    absent > 0 ? [`${absent} of ${users.all} ordinary users were not connected when the phase started.`] : []
  const reasons = both.flatMap(([name, measurement]) => {
    const { offered, written, heldBack, unconnected, served, refused } = measurement.attack
    const perSecond = Math.round(offered / measurement.seconds)
    return [
      perSecond < offeredAtLeast && `${name}: ${perSecond} commands/s were offered, fewer than ${offeredAtLeast}.`,
      offered !== written + heldBack + unconnected &&
        `${name}: ${offered} offered are not ${written} written, ${heldBack} held back and ${unconnected} without a connection.`,
      served + refused > written && `${name}: ${served + refused} answers to ${written} commands.`,
      measurement.attack.attackers === 0 && `${name}: there was no attacker.`,
      measurement.attackCores > ATTACK_CORES * ATTACK_CORES_TOLERANCE &&
        `${name}: the attackers used ${measurement.attackCores.toFixed(2)} cores, more than ${ATTACK_CORES}.`,
      ...silence(name, measurement),
    ].filter((reason) => reason !== false)
  })
  return [...missing, ...reasons]
}

function silence(name: string, { acknowledged, delivered, newcomers }: Measurement): (string | false)[] {
  const arrived = newcomers.admitted + Object.values(newcomers.refused).reduce((sum, many) => sum + many, 0)
  return [
    name === 'control' && acknowledged === 0 && `${name}: no message was acknowledged.`,
    name === 'control' && delivered === 0 && `${name}: no message was delivered.`,
    arrived === 0 && `${name}: no newcomer connected.`,
  ]
}

function latencyFaults(what: string, control: number, attack: number): string[] {
  const bound = Math.min(P99_MAX_MS, control * P99_MAX_RATIO)
  if (attack <= bound) return []
  const times = control > 0 ? ` (${(attack / control).toFixed(1)} times)` : ''
  return [
    `The p99 of ${what} was ${attack} ms, and ${control} ms in the control${times}; at most ${bound} ms are allowed.`,
  ]
}

const counted = (counts: Record<string, number>, sentence: (many: number, why: string) => string): string[] =>
  Object.entries(counts).map(([why, many]) => sentence(many, why))

const mb = (bytes: number): number => Math.round(bytes / 2 ** 20)
