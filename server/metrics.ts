import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AppendQueueState, ShedReason } from './domain/append-queue.ts'

/** The sampling interval of the event-loop delay. Each sample wakes up the process, even an idle one. */
export const LOOP_SAMPLE_MS = 100

/** The metrics of /metrics, one set per process. Nodes of the same process have different values of the label `node`. */
export class Metrics {
  readonly registry = new Registry()
  readonly #set = {
    loopDelay: this.#gauge('hubbub_event_loop_delay_seconds', 'Event-loop delay over the last second, 99th percentile'),
    connections: this.#gauge('hubbub_connections', 'Connections, by transport', ['transport']),
    accepted: this.#counter('hubbub_entries_accepted_total', 'Entries appended to a log by this node'),
    delivered: this.#counter('hubbub_entries_delivered_total', 'Entries handed to connections'),
    relayed: this.#counter('hubbub_strangers_relayed_total', 'Whole messages handed to a plain stranger'),
    batch: this.#histogram(
      'hubbub_fanout_batch_entries',
      'Entries that left together',
      [1, 2, 5, 10, 20, 50, 100, 200],
    ),
    append: this.#histogram(
      'hubbub_append_seconds',
      'Time from draft to stored',
      [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2],
    ),
    waiting: this.#gauge('hubbub_append_queue_entries', 'Appends that wait for their turn'),
    inFlight: this.#gauge('hubbub_appends_in_flight', 'Appends that the store has not answered'),
    limit: this.#gauge('hubbub_append_limit', 'How many appends may be in flight, by the latency of the store'),
    shed: this.#counter('hubbub_appends_shed_total', 'Appends refused before they were written, by reason', ['reason']),
    unknownSids: this.#counter('hubbub_unknown_sid_total', 'Requests with a session id that this node does not know'),
    refused: this.#counter('hubbub_refused_total', 'Answers that were a fault, by code', ['code']),
    disconnected: this.#counter('hubbub_disconnected_total', 'Connections that this node ended, by reason', ['reason']),
    stale: this.#counter('hubbub_stale_streams_total', 'Streams ended because their reader was too slow'),
    wasted: this.#counter('hubbub_bus_wasted_total', 'Messages from other nodes for rooms that nobody here is in'),
  }

  constructor() {
    // The default event-loop gauges use a coarse interval, because a second sampler would double the wake-ups of an idle node.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 1_000 })
  }

  forNode(node: string): NodeMetrics {
    const { loopDelay, connections, accepted, delivered, relayed, batch, append } = this.#set
    const { waiting, inFlight, limit, shed, unknownSids, refused, disconnected, stale, wasted } = this.#set
    const totals = { accepted: 0, delivered: 0 }
    return {
      totals,
      loopDelay: (ms) => loopDelay.set({ node }, ms / 1_000),
      connections: (websocket, polling) => {
        connections.set({ node, transport: 'websocket' }, websocket)
        connections.set({ node, transport: 'polling' }, polling)
      },
      accepted: () => {
        totals.accepted++
        accepted.inc({ node })
      },
      delivered: (entries, connections) => {
        totals.delivered += entries * connections
        batch.observe({ node }, entries)
        delivered.inc({ node }, entries * connections)
      },
      relayed: () => relayed.inc({ node }),
      append: () => append.startTimer({ node }),
      appendQueue: (state) => {
        waiting.set({ node }, state.waiting)
        inFlight.set({ node }, state.inFlight)
        limit.set({ node }, state.limit)
      },
      shed: (reason) => shed.inc({ node, reason }),
      unknownSid: () => unknownSids.inc({ node }),
      refused: (code) => refused.inc({ node, code }),
      disconnected: (reason) => disconnected.inc({ node, reason }),
      stale: () => stale.inc({ node }),
      wasted: () => wasted.inc({ node }),
    }
  }

  #labels(more: string[]) {
    return { labelNames: ['node', ...more], registers: [this.registry] }
  }
  #gauge(name: string, help: string, more: string[] = []) {
    return new Gauge({ name, help, ...this.#labels(more) })
  }
  #counter(name: string, help: string, more: string[] = []) {
    return new Counter({ name, help, ...this.#labels(more) })
  }
  #histogram(name: string, help: string, buckets: number[]) {
    return new Histogram({ name, help, buckets, ...this.#labels([]) })
  }
}

export interface NodeMetrics {
  /** The same counts, for NodeStats. */
  readonly totals: { readonly accepted: number; readonly delivered: number }
  connections(websocket: number, polling: number): void
  loopDelay(ms: number): void
  accepted(): void
  delivered(entries: number, connections: number): void
  relayed(): void
  /** Starts a timer. Call the returned function when the entry is stored; it returns the elapsed seconds. */
  append(): () => number
  appendQueue(state: AppendQueueState): void
  shed(reason: ShedReason): void
  unknownSid(): void
  refused(code: string): void
  disconnected(reason: string): void
  stale(): void
  wasted(): void
}
