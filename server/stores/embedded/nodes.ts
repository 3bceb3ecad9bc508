import type { NodeStats } from '../../../protocol/stats.ts'
import type { Nodes } from '../../domain/ports.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Lease } from './lease.ts'
import type { SharedNodes } from './shared-nodes.ts'

export class EmbeddedNodes implements Nodes {
  constructor(
    private readonly sharedNodes: SharedNodes,
    private readonly lease: Lease,
  ) {}

  report(describe: () => NodeStats): void {
    this.sharedNodes.report(this.lease, describe)
  }

  async list() {
    return this.sharedNodes.list()
  }

  async takeToken(key: string, rate: Rate) {
    this.lease.requireHeld()
    return this.sharedNodes.pace(key, rate)
  }

  async spend(spending: Parameters<Nodes['spend']>[0]) {
    this.lease.requireHeld()
    return this.sharedNodes.counters.spend(spending)
  }

  async sumCounts(counts: Parameters<Nodes['sumCounts']>[0]) {
    this.lease.requireHeld()
    return this.sharedNodes.counters.tally(this.lease, counts)
  }

  async countConnections(user: string, count: Parameters<Nodes['countConnections']>[1]) {
    this.lease.requireHeld()
    return this.sharedNodes.countConnections(this.lease, user, count)
  }

  onStateLost() {}
}
