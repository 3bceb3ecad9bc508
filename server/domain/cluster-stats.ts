import type { ClusterStats } from '../../protocol/stats.ts'
import type { Nodes } from './ports.ts'

/** The whole cluster by its nodes' own accounts, each at most a second old or so. */
export async function clusterStats(cluster: Nodes): Promise<ClusterStats> {
  const nodes = await cluster.list()
  const sum = (what: 'connections' | 'accepted' | 'delivered' | 'acceptedPerSecond') =>
    nodes.reduce((total, node) => total + node[what], 0)
  return {
    connections: sum('connections'),
    accepted: sum('accepted'),
    delivered: sum('delivered'),
    acceptedPerSecond: sum('acceptedPerSecond'),
    nodes,
  }
}
