import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { NodeStats } from '../protocol/stats.ts'
import type { NodeMetrics } from './metrics.ts'

const RESOLUTION_MS = 10

/** A node's own account of itself, over the time since it was asked last. */
export class Vitals {
  readonly #loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #startedAt = performance.now()
  #asked = { at: performance.now(), accepted: 0 }

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
    // Node's histogram counts the time between two samples, of which one resolution is as it should be.
    const loopDelayMs = Math.max(0, Math.round(this.#loop.percentile(99) / 1e6 - RESOLUTION_MS))
    this.metrics.loopDelay(loopDelayMs)
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

  close(): void {
    this.#loop.disable()
  }
}
