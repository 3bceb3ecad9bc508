import { BEAT_MS } from '../../../protocol/limits.ts'
import type { ClusterStats, NodeStats } from '../../../protocol/stats.ts'
import { COUNTS_MS, type Count, Failover } from './failover.ts'
import { inSpan } from './format.ts'

/** Three renewals missed, and a moment for the way. */
const SILENT_AFTER_MS = 3 * BEAT_MS + 500
/** Having heard nothing for so long, we have missed something. */
const GAP_MS = 2_500
/** How far back the plots go, and how long a node that is gone is remembered. */
export const WINDOW_MS = 120_000
/** Rates are means over so long, since one second of talk says little. */
export const RATE_MS = 5_000
const HAPPENINGS_MOST = 100

/** n2 before n10. */
const byName = new Intl.Collator('en', { numeric: true })

export interface WatchedNode {
  readonly node: string
  /** Tells nodes apart in plots: the lowest number that no other node has. */
  readonly slot: number
  /** `silent`: its lease holds, but it has not renewed it lately. `gone`: no longer listed. */
  readonly state: 'up' | 'silent' | 'gone'
  /** When what it says was new last, Unix milliseconds here. */
  readonly heardAt: number
  readonly stats: NodeStats
  /** Its reports of the last seconds, the oldest first. */
  readonly recent: readonly NodeStats[]
  /** Accepted and delivered entries a second, over the time of `recent`. */
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

/** The nodes that were up at a moment, by name. */
export interface Sample {
  readonly at: number
  readonly nodes: ReadonlyMap<string, WatchedNode>
}

/** Makes a history of what the cluster says of itself again and again: rates, who went silent or away, and where to. */
export class NodeHistory {
  #nodes = new Map<string, WatchedNode>()
  #samples: Sample[] = []
  #nodeEvents: NodeEvent[] = []
  #counts: Count[] = []
  readonly #failovers = new Map<string, Failover>()
  #told = 0
  #heardAt: number | undefined
  /** While nobody could report, or we could not ask, all fell silent: until then that is nobody's fault. */
  #patientUntil = 0

  /** By name. */
  get nodes(): readonly WatchedNode[] {
    return [...this.#nodes.values()].sort((one, other) => byName.compare(one.node, other.node))
  }

  /** The oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples
  }

  /** The newest first. */
  get happenings(): readonly NodeEvent[] {
    return this.#nodeEvents
  }

  /** An answer to stats:get, and when it came, in Unix milliseconds. */
  hear({ nodes }: ClusterStats, at: number): void {
    if (this.#heardAt !== undefined && at - this.#heardAt > GAP_MS) this.#patientUntil = at + SILENT_AFTER_MS
    const fresh = new Set<string>()
    for (const stats of nodes) {
      const known = this.#nodes.get(stats.node)
      if (known?.state === 'gone' || known?.stats.uptimeMs !== stats.uptimeMs) fresh.add(stats.node)
    }
    const before = new Map(this.#nodes)
    for (const stats of nodes) if (fresh.has(stats.node)) this.#renew(stats, at)
    this.#count(fresh, at)
    for (const stats of nodes) this.#compare(stats, before.get(stats.node), at)
    this.#miss(new Set(nodes.map(({ node }) => node)), at)
    this.#follow(at)
    this.#sample(at)
    this.#heardAt = at
  }

  #renew(stats: NodeStats, heardAt: number): void {
    const { node } = stats
    const known = this.#nodes.get(node)
    const slot = known?.slot ?? this.#freeSlot()
    const earlier = known?.state === 'gone' ? [] : (known?.recent ?? [])
    // None of an earlier life, which may have been a longer one.
    const sameLife = earlier.every(({ uptimeMs }) => uptimeMs < stats.uptimeMs) ? earlier : []
    const recent = [...sameLife.filter(({ uptimeMs }) => stats.uptimeMs - uptimeMs <= RATE_MS), stats]
    this.#nodes.set(node, { node, slot, state: 'up', heardAt, stats, recent, ...rates(recent) })
  }

  /** What its new report, or the lack of one, says of a node that is listed. */
  #compare({ node, uptimeMs }: NodeStats, known: WatchedNode | undefined, at: number): void {
    if (!known) {
      if (this.#heardAt !== undefined) this.#tell(at, 'good', `${node} has joined.`)
      return
    }
    const away = inSpan(at - known.heardAt)
    if (known.state === 'gone') {
      this.#tell(at, 'good', `${node} is back, after ${away}.`)
    } else if (uptimeMs < known.stats.uptimeMs) {
      this.#tell(at, 'plain', `${node} was started again; it had run for ${inSpan(known.stats.uptimeMs)}.`)
      if (known.state === 'up') this.#depart(node, at)
    } else if (uptimeMs > known.stats.uptimeMs) {
      if (known.state !== 'silent') return
      this.#tell(at, 'good', `${node} is heard again, after ${away}.`)
      this.#failovers.delete(node)
    } else if (known.state === 'up' && at - known.heardAt >= SILENT_AFTER_MS && at >= this.#patientUntil) {
      this.#nodes.set(node, { ...known, state: 'silent' })
      this.#tell(at, 'bad', `${node} is silent: nothing new from it for ${away}.`)
      this.#depart(node, at)
    }
  }

  #miss(listed: ReadonlySet<string>, at: number): void {
    for (const known of this.#nodes.values()) {
      if (listed.has(known.node)) continue
      if (known.state !== 'gone') {
        if (at < this.#patientUntil) continue
        this.#nodes.set(known.node, { ...known, state: 'gone' })
        this.#tell(at, 'bad', `${known.node} is gone.`)
        if (known.state === 'up') this.#depart(known.node, at)
      } else if (at - known.heardAt > WINDOW_MS) {
        this.#nodes.delete(known.node)
      }
    }
  }

  /** Asked once for each departure: one that is silent first and gone later has left once. */
  #depart(node: string, at: number): void {
    this.#failovers.set(node, new Failover(node, this.#counts, at))
  }

  #follow(at: number): void {
    for (const [node, move] of this.#failovers) {
      const end = move.follow(this.#counts)
      if (!end) continue
      if (end.text) this.#tell(at, end.all ? 'good' : 'plain', end.text)
      this.#failovers.delete(node)
    }
  }

  #count(fresh: ReadonlySet<string>, at: number): void {
    const up = [...this.#nodes.values()].filter(({ state }) => state === 'up')
    const connections = new Map(up.map(({ node, stats }) => [node, stats.connections]))
    this.#counts = [...this.#counts.filter((count) => at - count.at <= COUNTS_MS), { at, connections, fresh }]
  }

  #sample(at: number): void {
    const up = this.nodes.filter(({ state }) => state === 'up')
    const sample = { at, nodes: new Map(up.map((node) => [node.node, node])) }
    this.#samples = [...this.#samples.filter((sample) => at - sample.at <= WINDOW_MS), sample]
  }

  #tell(at: number, tone: NodeEvent['tone'], text: string): void {
    this.#nodeEvents = [{ id: ++this.#told, at, text, tone }, ...this.#nodeEvents].slice(0, HAPPENINGS_MOST)
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
