import type { CommandName } from '../../protocol/commands.ts'

/**
 * The cost of a command against the rate limit of its connection (COMMANDS_PER_SECOND), in units of the cheapest command,
 * measured as CPU time of the cluster. Commands that append have a separate limit and cost one unit each.
 */
const COSTS: Partial<Record<CommandName, number>> = {
  'room:join': 2,
  'room:list': 8,
  'members:read': 3,
  'history:read': 3,
  'stats:get': 5,
  'direct:open': 3,
}
/** `status:set` updates the roster of each joined room: this many rooms cost one unit. */
const ROOMS_PER_UNIT = 10

/** An append is delivered to this many connections of the node for one unit. */
const READERS_PER_UNIT = 25

/**
 * The cost of an append against the limit of its client address, beyond one unit: it is delivered to all `readers`, and
 * about as many on other nodes.
 */
export const deliveryCost = (readers: number): number => readers / READERS_PER_UNIT

export function commandCost(name: unknown, rooms: number): number {
  if (name === 'status:set') return 1 + rooms / ROOMS_PER_UNIT
  return Object.hasOwn(COSTS, name as string) ? COSTS[name as CommandName]! : 1
}
