import { BEAT_MS, DEDUPE_WINDOW_MS, PRESENCE_GATHER_MS } from '../../protocol/limits.ts'
import { largest, type Pressure } from './nodes.ts'
import { hosting, type Traffic } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

/** Store, subscriptions, and the two clients of the adapter. */
export const CLIENTS_PER_NODE = 4

/**
 * Roster pages read per second. Each hosting node reads a room's roster after changes, once per batching window; each
 * join reads it as well.
 */
export function rosterReads({ roomsPerConnection, membersPerRoom }: Workload, flow: Traffic, nodes: number): number {
  const changesPerRoom = (2 * flow.arrivals * roomsPerConnection) / flow.rooms
  const perHost = changesPerRoom / (1 + (changesPerRoom * PRESENCE_GATHER_MS) / 1_000)
  return flow.rooms * hosting(nodes, membersPerRoom) * perHost + flow.arrivals * roomsPerConnection
}

/** CPU seconds per second of all shards together for rooms and members. */
export function redisBusy(workload: Workload, flow: Traffic, costs: UnitCosts, nodes: number): number {
  const { membersPerRoom, roomsPerConnection } = workload
  const hosts = hosting(nodes, membersPerRoom)
  const changes = 2 * flow.arrivals * roomsPerConnection
  const micros =
    flow.messages * (costs.of('redis.microsPerAppend') + hosts * costs.of('redis.microsPerSubscriber')) +
    flow.arrivals * roomsPerConnection * costs.of('redis.microsPerArrival') +
    changes * hosts * costs.of('redis.microsPerSubscriber') +
    rosterReads(workload, flow, nodes) * costs.of('redis.microsPerRosterRead')
  return micros / 1e6
}

/** CPU seconds per second of the shard that holds the leases, which cannot be distributed. */
export function leasesBusy({ arrivals }: Traffic, costs: UnitCosts, nodes: number): number {
  const beats = (nodes * 1_000) / BEAT_MS
  return (beats * costs.of('redis.microsPerBeat') + arrivals * nodes * costs.of('redis.microsPerLease')) / 1e6
}

export function redisBytes(workload: Workload, { rooms, messages }: Traffic, costs: UnitCosts): number {
  const members = workload.connections * workload.roomsPerConnection * costs.of('redis.bytesPerConnection')
  const logs = rooms * workload.keptPerRoom
  // The response to a retry is stored completely for the dedupe window.
  const remembered = (messages * DEDUPE_WINDOW_MS) / 1_000
  return members + (logs + remembered) * costs.of('redis.bytesPerEntry')
}

export function redisPressures(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const sent = flow.messages * hosting(nodes, workload.membersPerRoom) * workload.entryBytes * 8
  return (shards: number) => ({
    cpu: { part: "a shard's CPU", used: redisBusy(workload, flow, costs, nodes) / shards / limits.busy },
    memory: { part: "a shard's memory", used: redisBytes(workload, flow, costs) / shards / limits.redisBytes },
    link: { part: "a shard's link", used: sent / shards / (limits.linkBits / 2) },
  })
}

/** Load that stays on one shard, however many there are. */
export function redisFixed(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const { members, messagesPerSecond } = workload.busiestRoom
  const perMessage = costs.of('redis.microsPerAppend') + hosting(nodes, members) * costs.of('redis.microsPerSubscriber')
  return [
    { part: "the leases' shard", used: leasesBusy(flow, costs, nodes) / limits.busy },
    { part: "the busiest room's shard", used: (messagesPerSecond * perMessage) / 1e6 / limits.busy },
    { part: "a Redis's client connections", used: (nodes * CLIENTS_PER_NODE) / limits.redisClients },
  ] satisfies Pressure[]
}

export function countShards(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const worst = largest(Object.values(redisPressures(workload, flow, costs, limits, nodes)(1)))
  return { count: Math.max(1, Math.ceil(worst.used)), decidedBy: worst.part }
}
