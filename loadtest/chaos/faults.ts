import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../measure/random.ts'
import type { ChaosCluster } from './cluster.ts'
import type { ClientFault, ClusterFault, Round } from './plan.ts'
import type { VirtualUsers } from './virtual-users.ts'

/** Injects the round's fault into the cluster; resolves when the fault is over. */
type InjectClusterFault = (chaosCluster: ChaosCluster, round: Round) => Promise<void>

export const clusterFaults: Record<ClusterFault, InjectClusterFault> = {
  'node killed': (site, { node, forMs }) => site.restart(site.nodes[node]!, 'SIGKILL', forMs),

  'node frozen': async (site, { node, forMs }) => {
    const managedProcess = site.nodes[node]!
    managedProcess.kill('SIGSTOP')
    await delay(forMs)
    managedProcess.kill('SIGCONT')
    await site.ready(managedProcess)
  },

  'nodes restarted in turn': async (site, { forMs }) => {
    for (const node of site.nodes) await site.restart(node, 'SIGTERM', forMs)
  },

  'redis killed': async (site, { forMs }) => {
    await site.restart(site.redis, 'SIGKILL', forMs)
    await allReady(site)
  },

  'redis frozen': async (site, { forMs }) => {
    site.redis.kill('SIGSTOP')
    await delay(forMs)
    site.redis.kill('SIGCONT')
    await allReady(site)
  },

  'redis paused': async (site, { forMs }) => {
    await site.command(`CLIENT PAUSE ${forMs} ALL`)
    await delay(forMs)
    await allReady(site)
  },

  'redis full': async (site, { forMs }) => {
    await site.command('CONFIG SET maxmemory 1mb')
    await delay(forMs)
    await site.command('CONFIG SET maxmemory 0')
    await allReady(site)
  },

  'redis flushed': async (site) => {
    await site.command('FLUSHALL')
    await allReady(site)
  },

  'redis failed over and back': async (site, { forMs }) => {
    await site.failOver()
    await allReady(site)
    await delay(forMs)
    await site.failOver()
    await allReady(site)
  },

  'redis clients killed': async (site) => {
    for (const type of ['normal', 'pubsub']) await site.command(`CLIENT KILL TYPE ${type} SKIPME yes`)
    await allReady(site)
  },

  'nginx reloaded': async (site) => site.reloadEdge(),

  'nginx killed': (site, { forMs }) => site.restart(site.edge, 'SIGKILL', forMs),

  'nginx master killed': (site, { forMs }) => site.killEdgeMaster(forMs),

  'node cut off from redis': async (site, { node, forMs }) => {
    const part = site.nodes[node]!
    site.link(part.name).refuse()
    await delay(forMs)
    site.link(part.name).heal()
    await site.ready(part)
  },

  'node cut off from redis without a FIN': async (site, { node, forMs }) => {
    const part = site.nodes[node]!
    site.link(part.name).blackhole()
    await delay(forMs)
    site.link(part.name).heal()
    await site.ready(part)
  },
}

const STALL_MS = 7_000
/** Longer than the time until the next presence check. */
const VANISHED_MS = 13_000

type InjectClientFault = (virtualUsers: VirtualUsers, round: Round) => Promise<void>

export const clientFaults: Record<ClientFault, InjectClientFault> = {
  'clients cut': (audience, { seed }) => audience.cut(audience.some(new Random(seed), 0.25)),

  'clients vanished': (audience, { seed }) => audience.vanish(audience.some(new Random(seed), 0.05), VANISHED_MS),

  'slow readers': (audience) => audience.slowReaders(STALL_MS),
}

/** The process that a cluster fault targets, for reports. */
export function targetOf({ clusterFault: blow, node }: Round): string {
  if (!blow.startsWith('node ')) return blow.split(' ')[0]!
  return `n${node + 1}`
}

const allReady = (site: ChaosCluster) => Promise.all(site.nodes.map((node) => site.ready(node)))
