import type { MemberPlan } from '../bench/messages.ts'
import type { SharedStream } from '../bench/stream.ts'
import type { Histogram } from '../measure/histogram.ts'
import { tenths } from '../measure/payload.ts'
import type { Dialect, TransportMode } from './packet-codec.ts'
import { PollingTransport } from './polling-transport.ts'
import type { ClientTransport, TransportOptions } from './transport.ts'
import { UpgradingTransport } from './upgrading-transport.ts'
import { WebSocketTransport } from './websocket-transport.ts'

export interface MeasuredClientOptions {
  plan: MemberPlan
  dialect: Dialect
  transport: TransportMode
  endpoint: Pick<TransportOptions, 'host' | 'port' | 'localAddress' | 'browser' | 'traffic'>
  stream: SharedStream
  delays: Histogram
  /** Reports a failure: a refusal, an error response or an unexpected close. */
  failed(why: string): void
}

const TRANSPORTS = { websocket: WebSocketTransport, polling: PollingTransport, upgraded: UpgradingTransport }

/** Delay before reconnecting to a busy server. */
const RECONNECT_AFTER_MS = 500

/** A client that joins a room, sends messages on command, and counts every message it receives. */
export class MeasuredClient {
  deliveries = 0
  sum = 0
  answered = 0
  refused = 0
  lost = 0
  #packets = 0
  #clientTransport: ClientTransport | undefined
  #closed = false
  #joined = false
  #upgraded = false

  constructor(private readonly options: MeasuredClientOptions) {}

  /** Joined and, with transport `upgraded`, upgraded to WebSocket. */
  get live(): boolean {
    return this.#joined && (this.#upgraded || this.options.transport !== 'upgraded')
  }

  /** Number of packets that contained messages. */
  get packets(): number {
    return this.#packets
  }

  get plan(): MemberPlan {
    return this.options.plan
  }

  connect(): void {
    const { dialect, transport, endpoint, plan } = this.options
    const options: TransportOptions = {
      ...endpoint,
      open: (opened) => {
        if (dialect.first) opened.send(dialect.first(plan.room))
      },
      packet: (bytes, start, end) => this.#receive(bytes, start, end),
      upgraded: () => {
        this.#upgraded = true
      },
      closed: (why) => this.#onClose(why),
    }
    const Transport = TRANSPORTS[transport]
    this.#clientTransport = new Transport(dialect.path(transport === 'upgraded' ? 'polling' : transport), options)
  }

  send(text: string, id: number): void {
    const { dialect, plan } = this.options
    this.#clientTransport?.send(dialect.send(plan.room, text, id))
  }

  stop(): void {
    this.#closed = true
    this.#clientTransport?.close()
  }

  /** Resets the counters. */
  reset(): void {
    this.deliveries = this.sum = this.answered = this.#packets = 0
  }

  #receive(bytes: Buffer, start: number, end: number): void {
    const { dialect, plan, stream, delays, failed } = this.options
    const packet = dialect.read(bytes, start, end)
    switch (packet.is) {
      case 'delivery': {
        const { sentAt, sum } = stream.read(this.#packets++, bytes, start, end)
        this.deliveries += sentAt.length
        this.sum += sum
        const now = tenths()
        for (const at of sentAt) delays.add(now - at)
        return
      }
      case 'answer':
        if (packet.ok && packet.id === 0) this.#joined = true
        else if (packet.ok) this.answered++
        else this.#refused(bytes.toString('latin1', start, end))
        return
      case 'opening':
        this.#clientTransport?.send(dialect.connect(plan.name))
        return
      case 'connected':
        this.#clientTransport?.send(dialect.join(plan.room))
        return
      case 'ping':
        this.#clientTransport?.send('3')
        return
      case 'refusal':
        this.refused++
        failed(bytes.toString('latin1', start, end))
    }
  }

  #refused(answer: string): void {
    this.refused++
    this.options.failed(answer)
  }

  #onClose(why: string): void {
    if (this.#closed) return
    this.options.failed(why)
    if (this.live) this.lost++
    else setTimeout(() => this.#closed || this.connect(), RECONNECT_AFTER_MS * (1 + Math.random()))
    this.#joined = this.#upgraded = false
  }
}
