import { BACKOFF_BASE_MS, jitter } from '../../client/sdk/backoff.ts'
import { dialectOf, type Transport } from '../clients/packet-codec.ts'
import { PollingTransport } from '../clients/polling-transport.ts'
import type { ClientTransport, Target, TransportOptions } from '../clients/transport.ts'
import { WebSocketTransport } from '../clients/websocket-transport.ts'
import { readTexts } from '../measure/payload.ts'

export interface Door {
  transport: Transport
  target: Target
  /** The user has joined all of its rooms. */
  arrived(visitor: VirtualUser): void
  /** The server asked for a retry, or the connection was lost before joining. */
  retries(why: string): void
  /** The connection was lost after joining. */
  lost(visitor: VirtualUser, why: string): void
  /** A delivery: its send time in units of 0.1 ms, and whether it is a duplicate. */
  heard(saidAt: number, twice: boolean): void
  answered(ok: boolean): void
}

const dialect = dialectOf('hubbub')
/** Ack ids from here on belong to messages; lower ones to room:join, by room index. */
const SAID = 1_000

/**
 * A guest that joins its rooms, sends on command, answers pings, and stays. It retries as the server asks and never
 * gives up.
 */
export class VirtualUser {
  node = ''
  live = false
  #line: ClientTransport | undefined
  #entered = 0
  #failures = 0
  #latest = 0
  #closed = false

  constructor(
    readonly name: string,
    readonly rooms: readonly string[],
    private readonly localAddress: string,
    private readonly door: Door,
  ) {}

  come(): void {
    if (this.#closed) return
    const { target, transport } = this.door
    const options: TransportOptions = {
      ...target,
      localAddress: this.localAddress,
      open: () => {},
      packet: (bytes, start, end) => this.#hear(bytes, start, end),
      gone: (why) => this.#gone(why),
    }
    const path = dialect.path(transport)
    this.#entered = 0
    this.#line = transport === 'polling' ? new PollingTransport(path, options) : new WebSocketTransport(path, options)
  }

  say(room: string, text: string, number: number): void {
    this.#line?.send(dialect.say(room, text, SAID + number))
  }

  leave(): void {
    this.#closed = true
    this.#line?.close()
  }

  #hear(bytes: Buffer, start: number, end: number): void {
    const word = dialect.read(bytes, start, end)
    if (word.is === 'delivery') this.#deliver(bytes, start, end)
    else if (word.is === 'ping') this.#line?.send('3')
    else if (word.is === 'opening') this.#open(bytes.toString('latin1', start, end))
    else if (word.is === 'connected') for (const room of this.rooms.keys()) this.#enter(room)
    else if (word.is === 'answer' && word.id >= SAID) this.door.answered(word.ok)
    else if (word.is === 'answer' && word.ok) this.#in()
    else if (word.is === 'answer') this.#again(word.id, bytes.toString('latin1', start, end))
    else if (word.is === 'refusal') this.#line?.close()
  }

  /** `0{"sid":"<node>.<random>",…` */
  #open(packet: string): void {
    this.node = /"sid":"([a-z0-9]+)[.]/.exec(packet)?.[1] ?? ''
    this.#line?.send(dialect.connect(this.name))
  }

  #enter(room: number): void {
    this.#line?.send(`42${room}["room:join",{"room":"${this.rooms[room]}"}]`)
  }

  #again(room: number, answer: string): void {
    this.door.retries(`room:join: ${/"code":"(\w+)"/.exec(answer)?.[1]}`)
    const clientTransport = this.#line
    setTimeout(() => clientTransport === this.#line && this.#enter(room), waitOf(answer) ?? BACKOFF_BASE_MS)
  }

  #in(): void {
    this.#entered++
    if (this.#entered < this.rooms.length) return
    this.live = true
    this.#failures = 0
    this.door.arrived(this)
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const { saidAt, sum } = readTexts(bytes, start, end)
    // Each packet contains one message here, so the sum of the numbers is its number.
    for (const at of saidAt) this.door.heard(at, sum === this.#latest)
    this.#latest = sum
  }

  #gone(why: string): void {
    this.#line = undefined
    if (this.#closed) return
    if (this.live) this.door.lost(this, why)
    else this.door.retries(why.slice(0, 60).split('\r')[0]!)
    this.live = false
    setTimeout(() => this.come(), waitOf(why) ?? jitter(this.#failures++))
  }
}

/** Delay requested by a refusal, milliseconds; the fault is more precise than the header. */
function waitOf(refusal: string): number | undefined {
  const [, ms] = /"retryInMs":(\d+)/.exec(refusal) ?? []
  const [, seconds] = /^Retry-After: (\d+)/im.exec(refusal) ?? []
  return ms ? Number(ms) : seconds ? Number(seconds) * 1_000 : undefined
}
