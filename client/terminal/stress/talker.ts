import type { RecordableHistogram } from 'node:perf_hooks'
import { ChatClient } from '../../sdk/client.ts'
import { asFault } from '../../sdk/fault.ts'
import type { WorkerOptions } from './orders.ts'

/** Unix milliseconds with fractions, the same in every thread. */
const now = () => performance.timeOrigin + performance.now()
const MICROSECONDS = 1_000

/** One of the crowd: talks in its room at a steady rate, and counts what is delivered to it. */
export class StressClient {
  live = false
  sent = 0
  acknowledged = 0
  refused = 0
  delivered = 0
  reconnects = 0
  fault: string | undefined
  readonly chat: ChatClient
  readonly room: string
  readonly #orders: WorkerOptions
  readonly #toAck: RecordableHistogram
  #timer: NodeJS.Timeout | undefined

  constructor(
    orders: WorkerOptions,
    { name, room }: WorkerOptions['clients'][number],
    toAck: RecordableHistogram,
    toDelivery: RecordableHistogram,
  ) {
    const { url, transports, run } = orders
    this.room = room
    this.#orders = orders
    this.#toAck = toAck
    this.chat = new ChatClient({ url, transports, name })
    let sessions = 0
    this.chat.on('session', () => {
      if (sessions++ > 0) this.reconnects++
    })
    this.chat.on('entries', ({ entries }) => {
      const at = now()
      for (const { text } of entries) {
        if (!text?.startsWith(run)) continue
        this.delivered++
        record(toDelivery, at - Number(text.slice(run.length)))
      }
    })
    // What follows begins anew, and is counted again.
    this.chat.on('reset', () => {
      this.delivered = 0
    })
    // Any other fault passes: the client comes back when it may.
    this.chat.on('state', ({ state, fault }) => {
      if (state === 'refused') this.fault = fault?.message
    })
  }

  /** Resolves when in the room, or refused for good. */
  async connect(): Promise<void> {
    this.chat.connect()
    try {
      await this.chat.join(this.room)
      this.live = true
    } catch (error) {
      this.fault = asFault(error).message
    }
  }

  /** So many messages. Begins somewhere within the first interval, so that not everybody speaks at once. */
  start(messages: number): void {
    const everyMs = 1_000 / this.#orders.rate
    const began = performance.now() + Math.random() * everyMs
    const next = () => {
      // By the clock, not by the timer: a late one is made up for, so that the rate holds.
      const due = began + this.sent * everyMs - performance.now()
      if (due > 0) this.#timer = setTimeout(next, due)
      else if (this.sent < messages) {
        this.#say()
        next()
      }
    }
    next()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.chat.close()
  }

  #say(): void {
    const at = now()
    this.sent++
    this.chat.send(this.room, `${this.#orders.run}${at.toFixed(3)}`).then(
      () => {
        this.acknowledged++
        record(this.#toAck, now() - at)
      },
      () => {
        this.refused++
      },
    )
  }
}

const record = (histogram: RecordableHistogram, ms: number) =>
  histogram.record(Math.max(1, Math.round(ms * MICROSECONDS)))
