import { BEAT_MS } from '../../../protocol/limits.ts'
import type { ClusterStats, NodeStats } from '../../../protocol/stats.ts'
import { COUNTS_MS, type Count, Failover } from './failover.ts'
import { formatDuration } from './format.ts'

/** Three missed lease renewals and 500 ms of latency. */
const SILENT_AFTER_MS = 3 * BEAT_MS + 500
/** A longer pause between two answers counts as an outage of this page or the store. */
const GAP_MS = 2_500
/** The time span of the plots, and how long a departed node stays listed. */
export const WINDOW_MS = 120_000
/** Rates are averages over this time. */
export const RATE_MS = 5_000
const MAX_EVENTS = 100

/** n2 before n10. */
const byName = new Intl.Collator('en', { numeric: true })

export interface WatchedNode {
  readonly node: string
  /** Selects the color and dash of the node: the lowest number that no other node uses. */
  readonly slot: number
  /** `silent`: the lease has not lapsed, but was not renewed lately. `gone`: no longer listed. */
  readonly state: 'up' | 'silent' | 'gone'
  /** When its last new report arrived, Unix milliseconds of this browser. */
  readonly reportedAt: number
  readonly stats: NodeStats
  /** Reports of the last `RATE_MS`, oldest first. */
  readonly recent: readonly NodeStats[]
  /** Accepted and delivered entries per second, averaged over `recent`. */
  readonly messages?: number
  readonly deliveries?: number
}

export interface NodeEvent {
  readonly id: number
  /** Unix milliseconds. */
  readonly at: number
  readonly text: string
  readonly tone: 'good' | 'bad' | 'plain'
}

/** The running nodes at a time, by name. */
export interface Sample {
  readonly at: number
  readonly nodes: ReadonlyMap<string, WatchedNode>
}

/** Derives rates, state changes and failovers from the sequence of the cluster's statistics. */
export class NodeHistory {
  #nodes = new Map<string, WatchedNode>()
  #samples: Sample[] = []
  #events: NodeEvent[] = []
  #counts: Count[] = []
  readonly #failovers = new Map<string, Failover>()
  #lastEventId = 0
  #updatedAt: number | undefined
  /** Until this time, missing reports are attributed to an outage and not to the nodes. */
  #graceUntil = 0

  /** Sorted by name. */
  get nodes(): readonly WatchedNode[] {
    return [...this.#nodes.values()].sort((one, other) => byName.compare(one.node, other.node))
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples
  }

  /** Newest first. */
  get events(): readonly NodeEvent[] {
    return this.#events
  }

  /** Processes an answer to `stats:get`; `at` is its arrival in Unix milliseconds. */
  update({ nodes }: ClusterStats, at: number): void {
    if (this.#updatedAt !== undefined && at - this.#updatedAt > GAP_MS) this.#graceUntil = at + SILENT_AFTER_MS
    const fresh = new Set<string>()
    for (const stats of nodes) {
      const known = this.#nodes.get(stats.node)
      if (known?.state === 'gone' || known?.stats.uptimeMs !== stats.uptimeMs) fresh.add(stats.node)
    }
    const before = new Map(this.#nodes)
    for (const stats of nodes) if (fresh.has(stats.node)) this.#refresh(stats, at)
    this.#recordCount(fresh, at)
    for (const stats of nodes) this.#detectChange(stats, before.get(stats.node), at)
    this.#detectGone(new Set(nodes.map(({ node }) => node)), at)
    this.#checkFailovers(at)
    this.#recordSample(at)
    this.#updatedAt = at
  }

  #refresh(stats: NodeStats, reportedAt: number): void {
    const { node } = stats
    const known = this.#nodes.get(node)
    const slot = known?.slot ?? this.#freeSlot()
    const earlier = known?.state === 'gone' ? [] : (known?.recent ?? [])
    // Discard the reports of an earlier run of the node, whose uptime may have been longer.
    const sameRun = earlier.every(({ uptimeMs }) => uptimeMs < stats.uptimeMs) ? earlier : []
    const recent = [...sameRun.filter(({ uptimeMs }) => stats.uptimeMs - uptimeMs <= RATE_MS), stats]
    this.#nodes.set(node, { node, slot, state: 'up', reportedAt, stats, recent, ...rates(recent) })
  }

  /** Adds events for state changes of a listed node. */
  #detectChange({ node, uptimeMs }: NodeStats, known: WatchedNode | undefined, at: number): void {
    if (!known) {
      if (this.#updatedAt !== undefined) this.#addEvent(at, 'good', `${node} has joined.`)
      return
    }
    const away = formatDuration(at - known.reportedAt)
    if (known.state === 'gone') {
      this.#addEvent(at, 'good', `${node} is back after ${away}.`)
    } else if (uptimeMs < known.stats.uptimeMs) {
      this.#addEvent(at, 'plain', `${node} restarted after an uptime of ${formatDuration(known.stats.uptimeMs)}.`)
      if (known.state === 'up') this.#startFailover(node, at)
    } else if (uptimeMs > known.stats.uptimeMs) {
      if (known.state !== 'silent') return
      this.#addEvent(at, 'good', `${node} reports again after ${away}.`)
      this.#failovers.delete(node)
    } else if (known.state === 'up' && at - known.reportedAt >= SILENT_AFTER_MS && at >= this.#graceUntil) {
      this.#nodes.set(node, { ...known, state: 'silent' })
      this.#addEvent(at, 'bad', `${node} is silent: no report for ${away}.`)
      this.#startFailover(node, at)
    }
  }

  #detectGone(listed: ReadonlySet<string>, at: number): void {
    for (const known of this.#nodes.values()) {
      if (listed.has(known.node)) continue
      if (known.state !== 'gone') {
        if (at < this.#graceUntil) continue
        this.#nodes.set(known.node, { ...known, state: 'gone' })
        this.#addEvent(at, 'bad', `${known.node} is gone.`)
        if (known.state === 'up') this.#startFailover(known.node, at)
      } else if (at - known.reportedAt > WINDOW_MS) {
        this.#nodes.delete(known.node)
      }
    }
  }

  /** Called once per departure: a node that turns from silent to gone has departed once. */
  #startFailover(node: string, at: number): void {
    this.#failovers.set(node, new Failover(node, this.#counts, at))
  }

  #checkFailovers(at: number): void {
    for (const [node, failover] of this.#failovers) {
      const result = failover.check(this.#counts)
      if (!result) continue
      if (result.text) this.#addEvent(at, result.complete ? 'good' : 'plain', result.text)
      this.#failovers.delete(node)
    }
  }

  #recordCount(fresh: ReadonlySet<string>, at: number): void {
    const up = [...this.#nodes.values()].filter(({ state }) => state === 'up')
    const connections = new Map(up.map(({ node, stats }) => [node, stats.connections]))
    this.#counts = [...this.#counts.filter((count) => at - count.at <= COUNTS_MS), { at, connections, fresh }]
  }

  #recordSample(at: number): void {
    const up = this.nodes.filter(({ state }) => state === 'up')
    const sample = { at, nodes: new Map(up.map((node) => [node.node, node])) }
    this.#samples = [...this.#samples.filter((sample) => at - sample.at <= WINDOW_MS), sample]
  }

  #addEvent(at: number, tone: NodeEvent['tone'], text: string): void {
    this.#events = [{ id: ++this.#lastEventId, at, text, tone }, ...this.#events].slice(0, MAX_EVENTS)
  }

  #freeSlot(): number {
    const taken = new Set([...this.#nodes.values()].map(({ slot }) => slot))
    let slot = 0
    while (taken.has(slot)) slot++
    return slot
  }
}

function rates(recent: readonly NodeStats[]): Pick<WatchedNode, 'messages' | 'deliveries'> {
  const [first, last] = [recent[0]!, recent.at(-1)!]
  const seconds = (last.uptimeMs - first.uptimeMs) / 1_000
  if (seconds <= 0) return {}
  return {
    messages: (last.accepted - first.accepted) / seconds,
    deliveries: (last.delivered - first.delivered) / seconds,
  }
}
