import { Random } from '../../measure/random.ts'
import type { AttackKind, Phase } from './phases.ts'

/** One attacker of a phase. */
export interface AttackerPlan {
  kind: AttackKind
  /** Unique in the phase. */
  number: number
  /** Loopback address not used by ordinary users or other phases. */
  localAddress: string
  perSecond: number
  seed: number
}

/** One ordinary user. */
export interface UserPlan {
  number: number
  transport: 'websocket' | 'polling'
  localAddress: string
  /** The first one is a department, whose member list is checked. */
  rooms: string[]
  seed: number
}

const USERS_PER_ADDRESS = 10
const USERS_PER_DEPARTMENT = 50
const USERS_PER_TEAM = 10
/** One in this many users is in the lobby, which guests and dialects use. */
const LOBBY_EVERY = 10

export const department = (number: number): string => `department-${Math.floor(number / USERS_PER_DEPARTMENT)}`

/** Ordinary users use 127.1.*.*, newcomers 127.2.*.*, the attackers of a phase 127.(10 + phase).*.*. */
const address = (net: number, host: number): string => `127.${net}.${1 + Math.floor(host / 250)}.${1 + (host % 250)}`

export const newcomerAddress = (number: number): string => address(2, number % 5_000)

export function userPlans(count: number, seed: number): UserPlan[] {
  const random = new Random(seed)
  const teams = Math.max(1, Math.ceil(count / USERS_PER_TEAM))
  return Array.from({ length: count }, (_, number) => {
    const team = Math.floor(number / USERS_PER_TEAM)
    const rooms = [
      department(number),
      `team-${team}`,
      `team-${(team + 1 + random.below(Math.max(1, teams - 1))) % teams}`,
    ]
    if (number % LOBBY_EVERY === 0) rooms.push('lobby')
    return {
      number,
      transport: number % 2 === 0 ? 'websocket' : 'polling',
      localAddress: address(1, Math.floor(number / USERS_PER_ADDRESS)),
      rooms: [...new Set(rooms)],
      seed: random.below(2 ** 32),
    }
  })
}

/** `index` is the position among all phases, which selects the addresses. */
export function attackerPlans(phase: Phase, index: number, seed: number): AttackerPlan[] {
  const random = new Random(seed + index)
  let hosts = 0
  let number = 0
  return phase.groups.flatMap(({ kind, count, perSecond, addresses }) => {
    const first = hosts
    hosts += addresses
    return Array.from({ length: count }, (_, i) => ({
      ...{ kind, number: number++, perSecond, seed: random.below(2 ** 32) },
      localAddress: address(10 + index, first + (i % addresses)),
    }))
  })
}
