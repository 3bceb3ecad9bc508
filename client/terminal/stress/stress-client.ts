import type { RecordableHistogram } from 'node:perf_hooks'
import { ChatClient } from '../../sdk/client.ts'
import { asFault } from '../../sdk/fault.ts'
import type { WorkerOptions } from './worker-messages.ts'

/** Unix milliseconds with fractions, comparable between threads. */
const now = () => performance.timeOrigin + performance.now()
const MICROSECONDS = 1_000

/** A client that sends to its room at a steady rate, and counts the messages delivered to it. */
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
  readonly #options: WorkerOptions
  readonly #toAck: RecordableHistogram
  #timer: NodeJS.Timeout | undefined

  constructor(
    options: WorkerOptions,
    { name, room }: WorkerOptions['clients'][number],
    toAck: RecordableHistogram,
    toDelivery: RecordableHistogram,
  ) {
    const { url, transports, run } = options
    this.room = room
    this.#options = options
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
    // The entries that follow are delivered from the start.
    this.chat.on('reset', () => {
      this.delivered = 0
    })
    // Other faults are retryable: the client reconnects by itself.
    this.chat.on('state', ({ state, fault }) => {
      if (state === 'refused') this.fault = fault?.message
    })
  }

  /** Resolves when the client has joined its room or was rejected for good. */
  async connect(): Promise<void> {
    this.chat.connect()
    try {
      await this.chat.join(this.room)
      this.live = true
    } catch (error) {
      this.fault = asFault(error).message
    }
  }

  /** Sends this many messages. Starts at a random time within the first interval, so that the load is spread evenly. */
  start(messages: number): void {
    const intervalMs = 1_000 / this.#options.rate
    const began = performance.now() + Math.random() * intervalMs
    const next = () => {
      // Scheduled by the clock: a late timer does not lower the rate.
      const due = began + this.sent * intervalMs - performance.now()
      if (due > 0) this.#timer = setTimeout(next, due)
      else if (this.sent < messages) {
        this.#send()
        next()
      }
    }
    next()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.chat.close()
  }

  #send(): void {
    const at = now()
    this.sent++
    this.chat.send(this.room, `${this.#options.run}${at.toFixed(3)}`).then(
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
