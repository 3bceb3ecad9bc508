import { BACKOFF_BASE_MS, jitter } from '../../client/sdk/backoff.ts'
import { dialectOf, type Transport } from '../clients/packet-codec.ts'
import { PollingTransport } from '../clients/polling-transport.ts'
import type { ClientTransport, Target, TransportOptions } from '../clients/transport.ts'
import { WebSocketTransport } from '../clients/websocket-transport.ts'
import { readTexts } from '../measure/payload.ts'

export interface UserContext {
  transport: Transport
  target: Target
  /** The user has joined all of its rooms. */
  joined(user: VirtualUser): void
  /** The server asked for a retry, or the connection was lost before joining. */
  retries(why: string): void
  /** The connection was lost after joining. */
  lost(user: VirtualUser, why: string): void
  /** A delivery: its send time in units of 0.1 ms, and whether it is a duplicate. */
  heard(sentAt: number, twice: boolean): void
  answered(ok: boolean): void
}

const dialect = dialectOf('hubbub')
/** Ack ids from here on belong to messages; lower ones to room:join, by room index. */
const MESSAGE_ACK_IDS = 1_000

/**
 * A guest that joins its rooms, sends on command, answers pings, and stays. It retries as the server asks and never
 * gives up.
 */
export class VirtualUser {
  node = ''
  live = false
  #transport: ClientTransport | undefined
  #entered = 0
  #failures = 0
  #latest = 0
  #closed = false

  constructor(
    readonly name: string,
    readonly rooms: readonly string[],
    private readonly localAddress: string,
    private readonly context: UserContext,
  ) {}

  connect(): void {
    if (this.#closed) return
    const { target, transport } = this.context
    const options: TransportOptions = {
      ...target,
      localAddress: this.localAddress,
      open: () => {},
      packet: (bytes, start, end) => this.#receive(bytes, start, end),
      closed: (why) => this.#onClose(why),
    }
    const path = dialect.path(transport)
    this.#entered = 0
    this.#transport =
      transport === 'polling' ? new PollingTransport(path, options) : new WebSocketTransport(path, options)
  }

  send(room: string, text: string, number: number): void {
    this.#transport?.send(dialect.send(room, text, MESSAGE_ACK_IDS + number))
  }

  stop(): void {
    this.#closed = true
    this.#transport?.close()
  }

  #receive(bytes: Buffer, start: number, end: number): void {
    const packet = dialect.read(bytes, start, end)
    if (packet.is === 'delivery') this.#deliver(bytes, start, end)
    else if (packet.is === 'ping') this.#transport?.send('3')
    else if (packet.is === 'opening') this.#open(bytes.toString('latin1', start, end))
    else if (packet.is === 'connected') for (const room of this.rooms.keys()) this.#enter(room)
    else if (packet.is === 'answer' && packet.id >= MESSAGE_ACK_IDS) this.context.answered(packet.ok)
    else if (packet.is === 'answer' && packet.ok) this.#in()
    else if (packet.is === 'answer') this.#again(packet.id, bytes.toString('latin1', start, end))
    else if (packet.is === 'refusal') this.#transport?.close()
  }

  /** `0{"sid":"<node>.<random>",…` */
  #open(packet: string): void {
    this.node = /"sid":"([a-z0-9]+)[.]/.exec(packet)?.[1] ?? ''
    this.#transport?.send(dialect.connect(this.name))
  }

  #enter(room: number): void {
    this.#transport?.send(`42${room}["room:join",{"room":"${this.rooms[room]}"}]`)
  }

  #again(room: number, answer: string): void {
    this.context.retries(`room:join: ${/"code":"(\w+)"/.exec(answer)?.[1]}`)
    const clientTransport = this.#transport
    setTimeout(() => clientTransport === this.#transport && this.#enter(room), waitOf(answer) ?? BACKOFF_BASE_MS)
  }

  #in(): void {
    this.#entered++
    if (this.#entered < this.rooms.length) return
    this.live = true
    this.#failures = 0
    this.context.joined(this)
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const { sentAt, sum } = readTexts(bytes, start, end)
    // Each packet contains one message here, so the sum of the numbers is its number.
    for (const at of sentAt) this.context.heard(at, sum === this.#latest)
    this.#latest = sum
  }

  #onClose(why: string): void {
    this.#transport = undefined
    if (this.#closed) return
    if (this.live) this.context.lost(this, why)
    else this.context.retries(why.slice(0, 60).split('\r')[0]!)
    this.live = false
    setTimeout(() => this.connect(), waitOf(why) ?? jitter(this.#failures++))
  }
}

/** Delay requested by a refusal, milliseconds; the fault is more precise than the header. */
function waitOf(refusal: string): number | undefined {
  const [, ms] = /"retryInMs":(\d+)/.exec(refusal) ?? []
  const [, seconds] = /^Retry-After: (\d+)/im.exec(refusal) ?? []
  return ms ? Number(ms) : seconds ? Number(seconds) * 1_000 : undefined
}
