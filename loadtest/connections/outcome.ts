import type { Plan } from './plan.ts'
import type { Kernel } from './usage.ts'

/** CPU seconds or bytes by part. */
export interface Costs {
  nodes: number
  redis: number
  nginx: number
  visitors: number
}

export interface Memory extends Costs, Kernel {
  /** Part of the nodes' memory that is JavaScript heap. */
  heaps: number
}

/** Messages sent to one room and their deliveries; times in milliseconds. */
export interface Attempt {
  messages: number
  deliveries: number
  heard: number
  twice: number
  accepted: number
  refused: number
  p50: number
  p95: number
  p99: number
  slowest: number
}

/** One run, as stored in the result file. */
export interface Outcome extends Plan {
  at: string
  /** Maximum number of connections being opened at the same time. */
  arriving: number
  arrivalSeconds: number
  arrivalCpu: Costs
  idleSeconds: number
  idleCpu: Costs
  live: number
  /** Connections lost after joining. */
  lost: number
  retries: Record<string, number>
  /** Users by node. */
  on: Record<string, number>
  why?: string
  thousand: Attempt
  all: Attempt[]
  /** Without connections, and with all of them. */
  before: Memory
  after: Memory
}

/** Latency promised for a room of 1,000, independent of other connections. */
export const THOUSAND_P99_MS = 1_000

/** All failures of a run, one sentence each. */
export function faultsOf({ count, live, lost, why, thousand, all }: Outcome): string[] {
  const faults: string[] = []
  if (live !== count) faults.push(`${live} of ${count} are connected.`)
  if (lost > 0) faults.push(`${lost} lost their connection: ${why}`)
  for (const { deliveries, heard, twice, refused } of [thousand, ...all]) {
    if (refused > 0) faults.push(`${refused} messages were refused.`)
    if (heard !== deliveries || twice > 0)
      faults.push(`${heard} of ${deliveries} deliveries, ${twice} of them duplicates.`)
  }
  if (thousand.p99 >= THOUSAND_P99_MS) faults.push(`p99 in a room of 1,000 was ${thousand.p99} ms.`)
  return faults
}

/** Bytes per connection, by part. */
export function bytesEach({ count, before, after }: Outcome) {
  const each = (part: keyof Memory) => (after[part] - before[part]) / count
  const sockets = after.tcpSockets - before.tcpSockets
  return {
    nodes: each('nodes'),
    heaps: each('heaps'),
    redis: each('redis'),
    nginx: each('nginx'),
    visitors: each('visitors'),
    kernel: each('slabBytes') + each('pageTableBytes'),
    kernelPerSocket: (after.slabBytes - before.slabBytes) / sockets,
    socketsEach: sockets / count,
    everything: (before.availableBytes - after.availableBytes) / count,
  }
}
