import { BEAT_MS, DEDUPE_WINDOW_MS, PRESENCE_GATHER_MS } from '../../protocol/limits.ts'
import { largest, type Pressure } from './nodes.ts'
import { hosting, type Traffic } from './traffic.ts'
import type { UnitCosts } from './unit-costs.ts'
import type { Limits, Workload } from './workload.ts'

/** Store, subscriptions, and the adapter's pair. */
export const CLIENTS_PER_NODE = 4

/**
 * Pages of rosters read a second. Each node that hosts a room reads its roster when somebody came or went, once for all
 * changes within the gathering time; and each join reads it.
 */
export function rosterReads({ roomsPerConnection, membersPerRoom }: Workload, flow: Traffic, nodes: number): number {
  const changesPerRoom = (2 * flow.arrivals * roomsPerConnection) / flow.rooms
  const perHost = changesPerRoom / (1 + (changesPerRoom * PRESENCE_GATHER_MS) / 1_000)
  return flow.rooms * hosting(nodes, membersPerRoom) * perHost + flow.arrivals * roomsPerConnection
}

/** CPU seconds a second that rooms and people cost all shards together. */
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

/** What lies on the one shard that holds the leases, and cannot be spread. */
export function leasesBusy({ arrivals }: Traffic, costs: UnitCosts, nodes: number): number {
  const beats = (nodes * 1_000) / BEAT_MS
  return (beats * costs.of('redis.microsPerBeat') + arrivals * nodes * costs.of('redis.microsPerLease')) / 1e6
}

export function redisBytes(workload: Workload, { rooms, messages }: Traffic, costs: UnitCosts): number {
  const people = workload.connections * workload.roomsPerConnection * costs.of('redis.bytesPerConnection')
  const logs = rooms * workload.keptPerRoom
  // The answer to a retry is kept for the dedupe window, whole.
  const remembered = (messages * DEDUPE_WINDOW_MS) / 1_000
  return people + (logs + remembered) * costs.of('redis.bytesPerEntry')
}

export function redisPressures(workload: Workload, flow: Traffic, costs: UnitCosts, limits: Limits, nodes: number) {
  const sent = flow.messages * hosting(nodes, workload.membersPerRoom) * workload.entryBytes * 8
  return (shards: number) => ({
    cpu: { part: "a shard's CPU", used: redisBusy(workload, flow, costs, nodes) / shards / limits.busy },
    memory: { part: "a shard's memory", used: redisBytes(workload, flow, costs) / shards / limits.redisBytes },
    link: { part: "a shard's link", used: sent / shards / (limits.linkBits / 2) },
  })
}

/** These stay on one shard, however many there are. */
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
