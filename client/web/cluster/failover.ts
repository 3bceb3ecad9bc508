import { inSpan, listed } from './format.ts'

/** How many connections each node that is up has, and which of them said something new. */
export interface Count {
  readonly at: number
  readonly connections: ReadonlyMap<string, number>
  readonly fresh: ReadonlySet<string>
}

/** A node that leaves in order sends its people away for some time before it goes. */
const RECALL_MS = 20_000
const PATIENCE_MS = 20_000
/** How far back counts are needed. */
export const COUNTS_MS = RECALL_MS + PATIENCE_MS + 10_000

/** `all`: they have all turned up. `text` is empty when there was nobody to move. */
export interface FailoverEnd {
  readonly all: boolean
  readonly text: string
}

/**
 * Where the connections of a node that has left turn up. Nodes say how many they have, not whose they are: as many more
 * as were lost, on the others or on the node's next life, are taken to be those.
 */
export class Failover {
  /** When the node had them all, last. */
  readonly #since: number
  readonly #lost: number
  readonly #before: ReadonlyMap<string, number>

  /** `counts`: the oldest first; `at`: when the node was found to have left. */
  constructor(
    private readonly node: string,
    counts: readonly Count[],
    private readonly at: number,
  ) {
    const recent = counts.filter((count) => count.fresh.has(node) && at - count.at <= RECALL_MS)
    const of = ({ connections }: Count) => connections.get(node) ?? 0
    this.#lost = Math.max(0, ...recent.map(of))
    const full = recent.findLast((count) => of(count) === this.#lost)
    this.#since = full?.at ?? at
    this.#before = new Map([...(full?.connections ?? []), [node, 0]])
  }

  /** Undefined until it is over; `counts`: the oldest first, back to when the node had them all. */
  follow(counts: readonly Count[]): FailoverEnd | undefined {
    if (this.#lost === 0) return { all: true, text: '' }
    const those = this.#lost === 1 ? `The connection of ${this.node}` : `The ${this.#lost} connections of ${this.node}`
    const since = counts.filter(({ at }) => at > this.#since)
    const complete = since.find((count) => this.#found(count).total >= this.#lost)
    const now = complete ?? since.at(-1)
    if (!now || (!complete && now.at - this.at < PATIENCE_MS)) return undefined
    const within = `within ${inSpan(now.at - this.#since)}`
    const { total, where } = this.#found(now)
    if (complete) return { all: true, text: `${those} moved to ${where} ${within}.` }
    if (total === 0) return { all: false, text: `${those} did not turn up elsewhere ${within}.` }
    return {
      all: false,
      text: `${total} of the ${this.#lost} connections of ${this.node} moved to ${where} ${within}.`,
    }
  }

  /** What the node itself has counts only in its next life. */
  #found({ at, connections, fresh }: Count): { total: number; where: string } {
    const gains = [...connections]
      .filter(([node]) => node !== this.node || (at >= this.at && fresh.has(node)))
      .map(([node, count]) => ({ node, more: count - (this.#before.get(node) ?? 0) }))
      .filter(({ more }) => more > 0)
    return { total: gains.reduce((sum, { more }) => sum + more, 0), where: listed(gains.map(({ node }) => node)) }
  }
}
