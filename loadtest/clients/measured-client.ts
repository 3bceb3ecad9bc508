import type { MemberPlan } from '../bench/messages.ts'
import type { SharedStream } from '../bench/stream.ts'
import type { Histogram } from '../measure/histogram.ts'
import { tenths } from '../measure/payload.ts'
import type { Dialect, Way } from './packet-codec.ts'
import { PollingTransport } from './polling-transport.ts'
import type { ClientTransport, TransportOptions } from './transport.ts'
import { UpgradingTransport } from './upgrading-transport.ts'
import { WebSocketTransport } from './websocket-transport.ts'

export interface ClientParts {
  plan: MemberPlan
  dialect: Dialect
  transport: Way
  line: Pick<TransportOptions, 'host' | 'port' | 'localAddress' | 'browser' | 'traffic'>
  stream: SharedStream
  delays: Histogram
  /** Reports a failure: a refusal, an error response or an unexpected close. */
  trouble(why: string): void
}

const LINES = { websocket: WebSocketTransport, polling: PollingTransport, upgraded: UpgradingTransport }

/** Delay before reconnecting to a busy server. */
const AGAIN_AFTER_MS = 500

/** A client that joins a room, sends messages on command, and counts every message it receives. */
export class MeasuredClient {
  heard = 0
  sum = 0
  answered = 0
  refused = 0
  lost = 0
  #packets = 0
  #clientTransport: ClientTransport | undefined
  #closed = false
  #joined = false
  #upgraded = false

  constructor(private readonly parts: ClientParts) {}

  /** Joined and, with transport `upgraded`, upgraded to WebSocket. */
  get live(): boolean {
    return this.#joined && (this.#upgraded || this.parts.transport !== 'upgraded')
  }

  /** Number of packets that contained messages. */
  get packets(): number {
    return this.#packets
  }

  get plan(): MemberPlan {
    return this.parts.plan
  }

  come(): void {
    const { dialect, transport, line, plan } = this.parts
    const options: TransportOptions = {
      ...line,
      open: (opened) => {
        if (dialect.first) opened.send(dialect.first(plan.room))
      },
      packet: (bytes, start, end) => this.#hear(bytes, start, end),
      upgraded: () => {
        this.#upgraded = true
      },
      gone: (why) => this.#gone(why),
    }
    const Way = LINES[transport]
    this.#clientTransport = new Way(dialect.path(transport === 'upgraded' ? 'polling' : transport), options)
  }

  say(text: string, id: number): void {
    const { dialect, plan } = this.parts
    this.#clientTransport?.send(dialect.say(plan.room, text, id))
  }

  leave(): void {
    this.#closed = true
    this.#clientTransport?.close()
  }

  /** Resets the counters. */
  afresh(): void {
    this.heard = this.sum = this.answered = this.#packets = 0
  }

  #hear(bytes: Buffer, start: number, end: number): void {
    const { dialect, plan, stream, delays, trouble } = this.parts
    const word = dialect.read(bytes, start, end)
    switch (word.is) {
      case 'delivery': {
        const { saidAt, sum } = stream.read(this.#packets++, bytes, start, end)
        this.heard += saidAt.length
        this.sum += sum
        const now = tenths()
        for (const at of saidAt) delays.add(now - at)
        return
      }
      case 'answer':
        if (word.ok && word.id === 0) this.#joined = true
        else if (word.ok) this.answered++
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
        trouble(bytes.toString('latin1', start, end))
    }
  }

  #refused(answer: string): void {
    this.refused++
    this.parts.trouble(answer)
  }

  #gone(why: string): void {
    if (this.#closed) return
    this.parts.trouble(why)
    if (this.live) this.lost++
    else setTimeout(() => this.#closed || this.come(), AGAIN_AFTER_MS * (1 + Math.random()))
    this.#joined = this.#upgraded = false
  }
}
