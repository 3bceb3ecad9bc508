import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../measure/random.ts'
import type { ChaosCluster } from './cluster.ts'
import type { ClientFault, ClusterFault, Round } from './plan.ts'
import type { VirtualUsers } from './virtual-users.ts'

/** Injects the round's fault into the cluster; resolves when the fault is over. */
type InjectClusterFault = (chaosCluster: ChaosCluster, round: Round) => Promise<void>

export const clusterFaults: Record<ClusterFault, InjectClusterFault> = {
  'node killed': (cluster, { node, forMs }) => cluster.restart(cluster.nodes[node]!, 'SIGKILL', forMs),

  'node frozen': async (cluster, { node, forMs }) => {
    const managedProcess = cluster.nodes[node]!
    managedProcess.kill('SIGSTOP')
    await delay(forMs)
    managedProcess.kill('SIGCONT')
    await cluster.ready(managedProcess)
  },

  'nodes restarted in turn': async (cluster, { forMs }) => {
    for (const node of cluster.nodes) await cluster.restart(node, 'SIGTERM', forMs)
  },

  'redis killed': async (cluster, { forMs }) => {
    await cluster.restart(cluster.redis, 'SIGKILL', forMs)
    await allReady(cluster)
  },

  'redis frozen': async (cluster, { forMs }) => {
    cluster.redis.kill('SIGSTOP')
    await delay(forMs)
    cluster.redis.kill('SIGCONT')
    await allReady(cluster)
  },

  'redis paused': async (cluster, { forMs }) => {
    await cluster.command(`CLIENT PAUSE ${forMs} ALL`)
    await delay(forMs)
    await allReady(cluster)
  },

  'redis full': async (cluster, { forMs }) => {
    await cluster.command('CONFIG SET maxmemory 1mb')
    await delay(forMs)
    await cluster.command('CONFIG SET maxmemory 0')
    await allReady(cluster)
  },

  'redis flushed': async (cluster) => {
    await cluster.command('FLUSHALL')
    await allReady(cluster)
  },

  'redis failed over and back': async (cluster, { forMs }) => {
    await cluster.failOver()
    await allReady(cluster)
    await delay(forMs)
    await cluster.failOver()
    await allReady(cluster)
  },

  'redis clients killed': async (cluster) => {
    for (const type of ['normal', 'pubsub']) await cluster.command(`CLIENT KILL TYPE ${type} SKIPME yes`)
    await allReady(cluster)
  },

  'nginx reloaded': async (cluster) => cluster.reloadEdge(),

  'nginx killed': (cluster, { forMs }) => cluster.restart(cluster.edge, 'SIGKILL', forMs),

  'nginx master killed': (cluster, { forMs }) => cluster.killEdgeMaster(forMs),

  'node cut off from redis': async (cluster, { node, forMs }) => {
    const part = cluster.nodes[node]!
    cluster.link(part.name).refuse()
    await delay(forMs)
    cluster.link(part.name).heal()
    await cluster.ready(part)
  },

  'node cut off from redis without a FIN': async (cluster, { node, forMs }) => {
    const part = cluster.nodes[node]!
    cluster.link(part.name).blackhole()
    await delay(forMs)
    cluster.link(part.name).heal()
    await cluster.ready(part)
  },
}

const STALL_MS = 7_000
/** Longer than the time until the next presence check. */
const VANISHED_MS = 13_000

type InjectClientFault = (virtualUsers: VirtualUsers, round: Round) => Promise<void>

export const clientFaults: Record<ClientFault, InjectClientFault> = {
  'clients cut': (virtualUsers, { seed }) => virtualUsers.cut(virtualUsers.some(new Random(seed), 0.25)),

  'clients vanished': (virtualUsers, { seed }) =>
    virtualUsers.vanish(virtualUsers.some(new Random(seed), 0.05), VANISHED_MS),

  'slow readers': (virtualUsers) => virtualUsers.slowReaders(STALL_MS),
}

/** The process that a cluster fault targets, for reports. */
export function targetOf({ clusterFault, node }: Round): string {
  if (!clusterFault.startsWith('node ')) return clusterFault.split(' ')[0]!
  return `n${node + 1}`
}

const allReady = (cluster: ChaosCluster) => Promise.all(cluster.nodes.map((node) => cluster.ready(node)))
