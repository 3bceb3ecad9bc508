import { formatDuration, formatList } from './format.ts'

/** Connections of each running node at a time; `fresh` are the nodes with a new report. */
export interface Count {
  readonly at: number
  readonly connections: ReadonlyMap<string, number>
  readonly fresh: ReadonlySet<string>
}

/** A draining node disconnects its clients over this time before it exits. */
const DRAIN_MS = 20_000
const TIMEOUT_MS = 20_000
/** How long counts are kept. */
export const COUNTS_MS = DRAIN_MS + TIMEOUT_MS + 10_000

/** `complete`: every connection was found on another node. `text` is empty for a node without connections. */
export interface FailoverResult {
  readonly complete: boolean
  readonly text: string
}

/**
 * Finds out where the connections of a departed node went. Nodes only report counts, so an increase on other nodes, or on
 * the restarted node, up to the number of lost connections is attributed to the failover.
 */
export class Failover {
  /** The last time when the node had its highest number of connections. */
  readonly #since: number
  readonly #lost: number
  readonly #before: ReadonlyMap<string, number>

  /** `counts`: oldest first; `at`: when the departure was detected, Unix milliseconds. */
  constructor(
    private readonly node: string,
    counts: readonly Count[],
    private readonly at: number,
  ) {
    const recent = counts.filter((count) => count.fresh.has(node) && at - count.at <= DRAIN_MS)
    const of = ({ connections }: Count) => connections.get(node) ?? 0
    this.#lost = Math.max(0, ...recent.map(of))
    const full = recent.findLast((count) => of(count) === this.#lost)
    this.#since = full?.at ?? at
    this.#before = new Map([...(full?.connections ?? []), [node, 0]])
  }

  /** Undefined while connections are missing and the timeout has not passed. `counts`: oldest first. */
  check(counts: readonly Count[]): FailoverResult | undefined {
    if (this.#lost === 0) return { complete: true, text: '' }
    const subject =
      this.#lost === 1 ? `The connection of ${this.node}` : `The ${this.#lost} connections of ${this.node}`
    const since = counts.filter(({ at }) => at > this.#since)
    const complete = since.find((count) => this.#gains(count).total >= this.#lost)
    const now = complete ?? since.at(-1)
    if (!now || (!complete && now.at - this.at < TIMEOUT_MS)) return undefined
    const within = `within ${formatDuration(now.at - this.#since)}`
    const { total, where } = this.#gains(now)
    if (complete) return { complete: true, text: `${subject} moved to ${where} ${within}.` }
    if (total === 0) return { complete: false, text: `${subject} did not reconnect ${within}.` }
    return {
      complete: false,
      text: `${total} of the ${this.#lost} connections of ${this.node} moved to ${where} ${within}.`,
    }
  }

  /** Increases since the departure. The node itself counts only after a restart. */
  #gains({ at, connections, fresh }: Count): { total: number; where: string } {
    const gains = [...connections]
      .filter(([node]) => node !== this.node || (at >= this.at && fresh.has(node)))
      .map(([node, count]) => ({ node, more: count - (this.#before.get(node) ?? 0) }))
      .filter(({ more }) => more > 0)
    return { total: gains.reduce((sum, { more }) => sum + more, 0), where: formatList(gains.map(({ node }) => node)) }
  }
}
