import type { CommandName } from '../../protocol/commands.ts'

/**
 * What a command takes from its connection's budget (COMMANDS_PER_SECOND), in units of the cheapest one, by the CPU time
 * that it costs the cluster. Commands that append have a budget of their own and cost one each.
 */
const costs: Partial<Record<CommandName, number>> = {
  'room:join': 2,
  'room:list': 8,
  'members:read': 3,
  'history:read': 3,
  'stats:get': 5,
  'direct:open': 3,
}
/** A status is stated in each of the rooms that one is in. */
const ROOMS_A_UNIT = 10

/** Connections on this node that one unit delivers an entry to. */
const READERS_A_UNIT = 25

/** What an append costs its address beyond a unit: it is delivered to everybody in the room, on other nodes as on this one. */
export const deliveryCost = (readers: number): number => readers / READERS_A_UNIT

export function commandCost(name: unknown, rooms: number): number {
  if (name === 'status:set') return 1 + rooms / ROOMS_A_UNIT
  return Object.hasOwn(costs, name as string) ? costs[name as CommandName]! : 1
}
