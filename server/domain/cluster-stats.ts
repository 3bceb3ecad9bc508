import type { ClusterStats } from '../../protocol/stats.ts'
import type { Journal } from './journal.ts'
import type { Nodes } from './ports.ts'

type WithTotals = ClusterStats & Required<Pick<ClusterStats, 'totals'>>

/** Stats of the cluster: those of each node, about one second old at most, their sums, and the totals of all time. */
export async function clusterStats(cluster: Nodes, journal: Pick<Journal, 'totals'>): Promise<WithTotals> {
  const [nodes, { by: _, peaks: __, ...totals }] = await Promise.all([cluster.list(), journal.totals()])
  const sum = (what: 'connections' | 'accepted' | 'delivered' | 'acceptedPerSecond') =>
    nodes.reduce((total, node) => total + node[what], 0)
  return {
    connections: sum('connections'),
    accepted: sum('accepted'),
    delivered: sum('delivered'),
    acceptedPerSecond: sum('acceptedPerSecond'),
    totals,
    nodes,
  }
}
