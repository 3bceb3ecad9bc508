import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { NodeStats } from '../protocol/stats.ts'
import { LOOP_SAMPLE_MS, type NodeMetrics } from './metrics.ts'

/** Collects the statistics of a node; rates cover the time since the previous call. */
export class NodeStatsCollector {
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS })
  readonly #startedAt = performance.now()
  #asked = { at: performance.now(), accepted: 0 }
  #used = { at: performance.now(), cpu: process.cpuUsage() }
  #loopDelayMs = 0

  constructor(
    private readonly node: string,
    private readonly metrics: NodeMetrics,
    private readonly connections: () => { websocket: number; polling: number; rooms: number },
  ) {
    this.#loop.enable()
  }

  stats(): NodeStats {
    const { websocket, polling, rooms } = this.connections()
    const { accepted, delivered } = this.metrics.totals
    this.metrics.connections(websocket, polling)
    const now = performance.now()
    const seconds = Math.max(0.001, (now - this.#asked.at) / 1_000)
    const acceptedPerSecond = Math.round((accepted - this.#asked.accepted) / seconds)
    this.#asked = { at: now, accepted }
    // Node's histogram records the time between two samples, which includes one regular sampling interval.
    const loopDelayMs = Math.max(0, Math.round(this.#loop.percentile(99) / 1e6 - LOOP_SAMPLE_MS))
    this.metrics.loopDelay(loopDelayMs)
    this.#loopDelayMs = loopDelayMs
    this.#loop.reset()
    return {
      node: this.node,
      connections: websocket + polling,
      websocket,
      polling,
      rooms,
      accepted,
      delivered,
      acceptedPerSecond,
      loopDelayMs,
      rssBytes: process.memoryUsage.rss(),
      uptimeMs: Math.round(now - this.#startedAt),
    }
  }

  /** CPU usage since the previous call, current memory usage, and the event-loop delay of the last `stats`. */
  resourceUsage() {
    const { at, cpu } = this.#used
    const { user, system } = process.cpuUsage(cpu)
    const now = performance.now()
    this.#used = { at: now, cpu: process.cpuUsage() }
    return {
      loopDelayMs: this.#loopDelayMs,
      rssBytes: process.memoryUsage.rss(),
      heapBytes: getHeapStatistics().used_heap_size,
      // process.cpuUsage() is in microseconds, performance.now() in milliseconds.
      cpu: (user + system) / 1_000 / Math.max(1, now - at),
      cores: availableParallelism(),
    }
  }

  close(): void {
    this.#loop.disable()
  }
}
