import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MOST_OUTPUT = 64 * 1024 * 1024

/** Kernel counters of one connection at the edge: bytes above TCP, and segments. */
export interface Counters {
  received: number
  sent: number
  segmentsIn: number
  segmentsOut: number
}

/**
 * Kernel counters of all open connections between the edge and its clients, by client address. They include all headers
 * and frames of open WebSockets, without a proxy in the path. Undefined if `ss` is not available.
 */
export async function edgeCounters(port: number): Promise<Map<string, Counters> | undefined> {
  const words = ['--tcp', '--info', '--numeric', '--no-header', '--oneline', 'state', 'established', `sport = :${port}`]
  try {
    const { stdout } = await run('ss', words, { maxBuffer: MOST_OUTPUT })
    return parseCounters(stdout)
  } catch {
    return undefined
  }
}

/** `Recv-Q Send-Q local peer … bytes_sent:1 … bytes_acked:1 bytes_received:1 segs_out:1 segs_in:1 …` */
export function parseCounters(text: string): Map<string, Counters> {
  const all = new Map<string, Counters>()
  for (const line of text.split('\n')) {
    const peer = line.trim().split(/\s+/)[3]
    if (!peer) continue
    const count = (name: string) => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0)
    all.set(peer, {
      received: count('bytes_received'),
      // Includes retransmissions on lossy links.
      sent: count('bytes_sent') || count('bytes_acked'),
      segmentsIn: count('segs_in'),
      segmentsOut: count('segs_out'),
    })
  }
  return all
}

/** Difference between two samples; undefined if a counted connection has closed in between. */
export function between(before: Map<string, Counters>, after: Map<string, Counters>): Counters | undefined {
  const sum: Counters = { received: 0, sent: 0, segmentsIn: 0, segmentsOut: 0 }
  for (const peer of before.keys()) if (!after.has(peer)) return undefined
  for (const [peer, counters] of after) {
    const start = before.get(peer)
    for (const name of Object.keys(sum) as (keyof Counters)[]) sum[name] += counters[name] - (start?.[name] ?? 0)
  }
  return sum
}
