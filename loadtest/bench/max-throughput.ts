import { TimeoutError } from '../pool/bench-pool.ts'
import type { Most } from './run.ts'
import type { Stage } from './stage.ts'
import type { Workload } from './workloads.ts'

const P99_BELOW_MS = 1_000
/** At a sustained rate, all deliveries arrive within this time after the last send. */
const BACKLOG_BELOW_MS = 1_000
/** The rate doubles until it is not sustained; then the interval is halved this many times. */
const HALVINGS = 3

/** Yields the rates to try: `next` returns the rate, `tried` records whether it was sustained. */
export class Ramp {
  #low: number | undefined
  #high: number | undefined
  #halvings = 0

  constructor(private readonly first: number) {}

  next(): number | undefined {
    if (this.#high === undefined) return this.#low === undefined ? this.first : this.#low * 2
    if (this.#halvings++ === HALVINGS) return undefined
    return Math.round(((this.#low ?? 0) + this.#high) / 2)
  }

  tried(perSecond: number, sustained: boolean): void {
    if (sustained) this.#low = perSecond
    else this.#high = perSecond
  }
}

/** Finds the highest rate of deliveries per second that all arrive with p99 below a second and no growing backlog. */
export async function search(stage: Stage, workload: Workload, step: (what: string) => void): Promise<Most> {
  const { perSecond: first, seconds } = workload
  const ramp = new Ramp(first)
  const steps: Most['steps'] = []
  for (let perSecond = ramp.next(); perSecond !== undefined; perSecond = ramp.next()) {
    step(`${perSecond}/s`)
    const tried = await attempt(stage, perSecond, seconds)
    if (!tried) break
    ramp.tried(perSecond, tried.sustained)
    steps.push(tried)
  }
  const sustained = steps.filter((each) => each.sustained).map((each) => each.deliveriesPerSecond)
  return { deliveriesPerSecond: Math.max(0, ...sustained), steps }
}

/** Undefined if the backlog is too large to try another rate. */
async function attempt(stage: Stage, perSecond: number, forSeconds: number) {
  try {
    const { complete, p99, deliveries, seconds } = await stage.talk(perSecond, perSecond * forSeconds)
    const inTime = seconds * 1_000 <= forSeconds * 1_000 + BACKLOG_BELOW_MS
    const sustained = complete && p99 < P99_BELOW_MS && inTime
    // Deliveries per second of sending, or of arrival if that took longer.
    return { perSecond, sustained, p99, deliveriesPerSecond: deliveries / Math.max(forSeconds, seconds) }
  } catch (error) {
    if (error instanceof TimeoutError) return undefined
    throw error
  }
}
