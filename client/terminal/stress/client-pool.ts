import { availableParallelism } from 'node:os'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { Histograms, WorkerCommand, WorkerOptions, WorkerStats } from './worker-messages.ts'

export interface PoolOptions extends Omit<WorkerOptions, 'clients'> {
  clients: number
  rooms: number
}

export interface PoolStats {
  live: number
  sent: number
  acknowledged: number
  refused: number
  waiting: number
  delivered: number
  /** Expected deliveries: each acknowledged message, times the clients of its room. */
  due: number
  reconnects: number
  loopDelayMs: number
  fault?: string
}

/** About as many SDK clients as one thread can run. */
const CLIENTS_PER_THREAD = 250

/** The clients of a stress run, spread over worker threads: one per CLIENTS_PER_THREAD, at most one per CPU. */
export class ClientPool {
  readonly #threads: Worker[] = []
  readonly #stats = new Map<Worker, WorkerStats>()
  readonly #histograms: Histograms[] = []
  #failure: Error | undefined

  constructor({ clients, rooms, ...options }: PoolOptions) {
    const threads = Math.max(1, Math.min(Math.ceil(clients / CLIENTS_PER_THREAD), availableParallelism()))
    const all = Array.from({ length: clients }, (_, i) => ({
      name: `Stress ${i + 1}`,
      room: `stress-${(i % rooms) + 1}`,
    }))
    for (let t = 0; t < threads; t++) {
      const workerData: WorkerOptions = { ...options, clients: all.filter((_, i) => i % threads === t) }
      // The compiled file, since Node 20 cannot run TypeScript.
      const thread = new Worker(new URL('./worker.js', import.meta.url), { workerData })
      thread.on('error', (error) => {
        this.#failure = error
      })
      thread.on('message', (message: Histograms | WorkerStats) => {
        if ('toAck' in message) this.#histograms.push(message)
        else this.#stats.set(thread, message)
      })
      this.#threads.push(thread)
    }
  }

  /** The sums over all threads. Throws when a thread has failed. */
  get stats(): PoolStats {
    if (this.#failure) throw this.#failure
    const all = [...this.#stats.values()]
    const sum = (key: 'live' | 'sent' | 'waiting' | 'refused' | 'reconnects') =>
      all.reduce((total, one) => total + one[key], 0)
    const acknowledged = new Map<string, number>()
    for (const one of all) {
      for (const [room, count] of Object.entries(one.acknowledged))
        acknowledged.set(room, (acknowledged.get(room) ?? 0) + count)
    }
    const delivered = all.flatMap((one) => one.delivered)
    return {
      live: sum('live'),
      sent: sum('sent'),
      waiting: sum('waiting'),
      refused: sum('refused'),
      reconnects: sum('reconnects'),
      acknowledged: [...acknowledged.values()].reduce((total, count) => total + count, 0),
      delivered: delivered.reduce((total, [, count]) => total + count, 0),
      due: delivered.reduce((total, [room]) => total + (acknowledged.get(room) ?? 0), 0),
      loopDelayMs: Math.max(0, ...all.map((one) => one.loopDelayMs)),
      fault: all.find(({ fault }) => fault)?.fault,
    }
  }

  /** The merged histogram of all threads, in microseconds. */
  histogram(which: keyof Histograms): RecordableHistogram {
    const all = createHistogram()
    for (const histograms of this.#histograms) all.add(histograms[which] as RecordableHistogram)
    return all
  }

  /** Makes each client send this many messages. */
  start(messages: number): void {
    this.#broadcast({ messages })
  }

  async stop(): Promise<void> {
    this.#broadcast('stop')
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  #broadcast(command: WorkerCommand): void {
    for (const thread of this.#threads) thread.postMessage(command)
  }
}
