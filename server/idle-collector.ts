import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const CHECK_EVERY_MS = 5_000
/** Of the time since the last look; above it the node has something better to do. */
const UTILIZATION_MAX = 0.25
/** What may be kept beyond the heap after the last collection. */
const KEPT_BYTES = 32 * 1024 * 1024
/** A collection pauses the node for some 1.5 ms a megabyte of live objects: with more it is left to V8. */
const LIVE_MAX_BYTES = 160 * 1024 * 1024
/** How many of the bytes in use are live is not known before a collection; with more than this it is left to V8, too. */
const USED_MAX_BYTES = 3 * LIVE_MAX_BYTES

interface Heap {
  /** Reserved from the system, in bytes. */
  total: number
  /** Live objects and garbage, in bytes. */
  used: number
}

export interface IdleCollectorDeps {
  heap(): Heap
  /** Share of the time since the last call in which the event loop was busy, 0 to 1. */
  utilization(): number
  collect(): void
}

/**
 * Gives memory back after a flood. V8 collects its old space when more is allocated, so that a node which was flooded and
 * then left alone keeps the garbage, two or three times the heap that it needs, for as long as it stays quiet.
 */
export class IdleCollector {
  #timer: NodeJS.Timeout | undefined
  #totalBytes: number
  /** In use after the last collection. */
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
    // A heap that has grown for good is what the next one is compared with.
    const left = deps.heap()
    this.#totalBytes = left.total
    this.#liveBytes = left.used
  }
}

function ofThisProcess(): IdleCollectorDeps {
  // The function is there without --expose-gc as well, in a context that is made after the flag is set.
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
