import type { ClusterStats } from '../../protocol/stats.ts'
import type { Journal } from './journal.ts'
import type { Nodes } from './ports.ts'

type WithTotals = ClusterStats & Required<Pick<ClusterStats, 'totals'>>

/** The whole cluster: its nodes' own accounts, each at most a second old or so, and what was ever counted. */
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
