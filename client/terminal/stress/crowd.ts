import { availableParallelism } from 'node:os'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { Histograms, WorkerCommand, WorkerOptions, WorkerStats } from './orders.ts'

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
  /** What should have been delivered: everything that was acknowledged, to everybody in its room. */
  due: number
  reconnects: number
  loopDelayMs: number
  fault?: string
}

/** About so many clients one thread can carry, as the SDK's are. */
const CLIENTS_A_THREAD = 250

/** The clients of a stress run, in as many threads as they need and the machine has room for. */
export class ClientPool {
  readonly #threads: Worker[] = []
  readonly #accounts = new Map<Worker, WorkerStats>()
  readonly #clocks: Histograms[] = []
  #failure: Error | undefined

  constructor({ clients, rooms, ...orders }: PoolOptions) {
    const threads = Math.max(1, Math.min(Math.ceil(clients / CLIENTS_A_THREAD), availableParallelism()))
    const all = Array.from({ length: clients }, (_, i) => ({
      name: `Stress ${i + 1}`,
      room: `stress-${(i % rooms) + 1}`,
    }))
    for (let t = 0; t < threads; t++) {
      const workerData: WorkerOptions = { ...orders, clients: all.filter((_, i) => i % threads === t) }
      // Compiled, since Node 20 runs no TypeScript.
      const thread = new Worker(new URL('./crowd-thread.js', import.meta.url), { workerData })
      thread.on('error', (error) => {
        this.#failure = error
      })
      thread.on('message', (message: Histograms | WorkerStats) => {
        if ('toAck' in message) this.#clocks.push(message)
        else this.#accounts.set(thread, message)
      })
      this.#threads.push(thread)
    }
  }

  /** Throws when a thread has failed. */
  get stats(): PoolStats {
    if (this.#failure) throw this.#failure
    const accounts = [...this.#accounts.values()]
    const sum = (key: 'live' | 'sent' | 'waiting' | 'refused' | 'reconnects') =>
      accounts.reduce((total, account) => total + account[key], 0)
    const said = new Map<string, number>()
    for (const account of accounts) {
      for (const [room, count] of Object.entries(account.acknowledged)) said.set(room, (said.get(room) ?? 0) + count)
    }
    const delivered = accounts.flatMap((account) => account.delivered)
    return {
      live: sum('live'),
      sent: sum('sent'),
      waiting: sum('waiting'),
      refused: sum('refused'),
      reconnects: sum('reconnects'),
      acknowledged: [...said.values()].reduce((total, count) => total + count, 0),
      delivered: delivered.reduce((total, [, count]) => total + count, 0),
      due: delivered.reduce((total, [room]) => total + (said.get(room) ?? 0), 0),
      loopDelayMs: Math.max(0, ...accounts.map((account) => account.loopDelayMs)),
      fault: accounts.find(({ fault }) => fault)?.fault,
    }
  }

  /** Of all threads together, in microseconds. */
  histogram(which: keyof Histograms): RecordableHistogram {
    const all = createHistogram()
    for (const clocks of this.#clocks) all.add(clocks[which] as RecordableHistogram)
    return all
  }

  start(messages: number): void {
    this.#tell({ messages })
  }

  async stop(): Promise<void> {
    this.#tell('leave')
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  #tell(word: WorkerCommand): void {
    for (const thread of this.#threads) thread.postMessage(word)
  }
}
