import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const CHECK_EVERY_MS = 5_000
/** The maximum event-loop utilization since the last check at which the node counts as idle. */
const UTILIZATION_MAX = 0.25
/** How much the heap may grow after a collection before the next one. */
const KEPT_BYTES = 32 * 1024 * 1024
/** A collection pauses the node for about 1.5 ms per MB of live objects; larger heaps are left to V8. */
const LIVE_MAX_BYTES = 160 * 1024 * 1024
/** Before a collection the live bytes are unknown; heaps with more bytes in use than this are left to V8, too. */
const USED_MAX_BYTES = 3 * LIVE_MAX_BYTES

interface Heap {
  /** Reserved from the system, in bytes. */
  total: number
  /** Live objects and garbage, in bytes. */
  used: number
}

export interface IdleCollectorDeps {
  heap(): Heap
  /** The share of the time since the last call in which the event loop was busy, from 0 to 1. */
  utilization(): number
  collect(): void
}

/**
 * Releases memory after a load peak. V8 collects its old space only when more is allocated, so that an idle node keeps the
 * garbage of the last peak: two to three times the heap that it needs.
 */
export class IdleCollector {
  #timer: NodeJS.Timeout | undefined
  #totalBytes: number
  /** Bytes in use after the last collection. */
  #liveBytes = 0

  constructor(private readonly deps: IdleCollectorDeps = ofThisProcess()) {
    this.#totalBytes = deps.heap().total
  }

  open(): void {
    this.#timer = setInterval(() => this.check(), CHECK_EVERY_MS).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  check(): void {
    const { deps } = this
    const isIdle = deps.utilization() <= UTILIZATION_MAX
    const { total, used } = deps.heap()
    this.#totalBytes = Math.min(this.#totalBytes, total)
    if (!isIdle || total - this.#totalBytes <= KEPT_BYTES || used > USED_MAX_BYTES) return
    if (this.#liveBytes > LIVE_MAX_BYTES) return
    deps.collect()
    // The next growth is measured from the heap that remains.
    const left = deps.heap()
    this.#totalBytes = left.total
    this.#liveBytes = left.used
  }
}

function ofThisProcess(): IdleCollectorDeps {
  // A context created after the flag is set has `gc`, even if Node was started without --expose-gc.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let last = performance.eventLoopUtilization()
  return {
    collect,
    heap() {
      const { total_heap_size: total, used_heap_size: used } = getHeapStatistics()
      return { total, used }
    },
    utilization() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
  }
}
