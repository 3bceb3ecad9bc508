import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '../../server/local/root.ts'
import { Latencies } from '../measure/latencies.ts'
import type { WorkerConfig, WorkerStats } from './worker.ts'

export interface StormClientsOptions {
  /** ws://host:port */
  url: string
  clients: number
  /** Clients per room. */
  roomSize: number
  /** Arrivals per second, in total. */
  perSecond: number
  /** Interval between the messages of a room, milliseconds. */
  everyMs: number
}

/** Limited by 20,000 file descriptors per process and one core. */
const CLIENTS_PER_WORKER = 7_500
// Compiled, because Node 20 cannot run TypeScript.
const WORKER = join(ROOT, 'dist', 'loadtest', 'storm', 'worker.js')

/**
 * Thousands of lean clients in worker processes. Every tenth room is in a separate process whose clients alone measure
 * send-to-delivery latency: a process that reopens thousands of connections adds delays of its own.
 */
export class StormClients {
  readonly #workers: ChildProcess[] = []
  #failed = false
  readonly #stats = new Map<ChildProcess, WorkerStats>()
  readonly #observer: ChildProcess

  constructor(private readonly plan: StormClientsOptions) {
    const { clients, roomSize } = plan
    const all = Array.from({ length: clients }, (_, i) => i)
    const isObserver = (i: number) => Math.floor(i / roomSize) % 10 === 0
    const others = all.filter((i) => !isObserver(i))
    const processes = Math.ceil(others.length / CLIENTS_PER_WORKER)
    this.#observer = this.#startWorker(all.filter(isObserver))
    for (let w = 0; w < processes; w++) this.#startWorker(others.filter((_, at) => at % processes === w))
  }

  /** Starts a worker process for these clients. */
  #startWorker(mine: number[]): ChildProcess {
    const { url, clients, roomSize, perSecond, everyMs } = this.plan
    const worker = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    worker.once('exit', (code) => {
      if (code) this.#failed = true
    })
    worker.on('message', (stats: WorkerStats) => this.#stats.set(worker, stats))
    const config: WorkerConfig = {
      url,
      localAddress: `127.0.0.${2 + this.#workers.length}`,
      perSecond: (perSecond * mine.length) / clients,
      names: mine.map((i) => `Client ${i}`),
      rooms: mine.map((i) => `swarm-${Math.floor(i / roomSize)}`),
      speakers: mine.flatMap((i, at) => (i % roomSize === 0 ? [at] : [])),
      everyMs,
    }
    worker.send(config)
    this.#workers.push(worker)
    return worker
  }

  get state(): Omit<WorkerStats, 'latencies'> & { latencies: Latencies } {
    const sum = { live: 0, nodes: {} as Record<string, number>, losses: 0, accepted: 0, refused: 0, deliveries: 0 }
    for (const stats of this.#stats.values()) {
      for (const key of ['live', 'losses', 'accepted', 'refused', 'deliveries'] as const) sum[key] += stats[key]
      for (const [node, count] of Object.entries(stats.nodes)) sum.nodes[node] = (sum.nodes[node] ?? 0) + count
    }
    const latencies = new Latencies()
    latencies.merge(this.#stats.get(this.#observer)?.latencies ?? [])
    return { ...sum, latencies }
  }

  /** Resolves with the milliseconds until the state satisfies `fits`. */
  async until(
    condition: (state: StormClients['state']) => boolean,
    timeoutMs: number,
    progress?: (live: number) => void,
  ) {
    const began = performance.now()
    for (;;) {
      const { state } = this
      progress?.(state.live)
      if (condition(state)) return performance.now() - began
      if (this.#failed) throw new Error('a worker process failed; its output is above')
      if (performance.now() - began > timeoutMs) {
        throw new Error(`${state.live} of ${this.plan.clients} clients are live after ${timeoutMs / 1_000} s`)
      }
      await delay(100)
    }
  }

  /** Resets the measurements. */
  reset(): void {
    for (const worker of this.#workers) worker.send('reset')
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        const exited = new Promise((resolve) => worker.once('exit', resolve))
        if (worker.connected) worker.send('stop')
        await Promise.race([exited, delay(5_000, undefined, { ref: false })])
        worker.kill('SIGKILL')
      }),
    )
  }
}
