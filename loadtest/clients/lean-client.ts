import type { CommandName, Input } from '../../protocol/commands.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer } from '../../protocol/faults.ts'
import type { ClientTransport } from './transport.ts'
import { WebSocketTransport } from './websocket-transport.ts'

export interface LeanOptions {
  /** ws://host:port */
  url: string
  /** Loopback address to connect from: one address has only about 28,000 ports. */
  localAddress?: string
  auth: () => object
  /** Events to decode; others are skipped. */
  wants: ReadonlySet<EventName>
  event: <E extends EventName>(name: E, payload: Payload<E>) => void
  /** The connection closed or could not be opened. */
  closed: () => void
}

const PING = code('2')
const OPEN = code('0')
const MESSAGE = code('4')
const EVENT = code('2')
const ACK = code('3')
const CONNECT_ERROR = code('4')
const QUOTE = code('"')

/**
 * Minimal Socket.IO client on one WebSocket with only the packets that Hubbub needs. It uses a fraction of the CPU of
 * socket.io-client, so that a load test measures the server.
 */
export class LeanClient {
  readonly #clientTransport: ClientTransport
  readonly #pendingAcks = new Map<number, (answer: Answer<unknown>) => void>()
  #nextAckId = 0

  constructor(private readonly options: LeanOptions) {
    const { hostname, port } = new URL(options.url)
    this.#clientTransport = new WebSocketTransport('/socket.io/?EIO=4&transport=websocket', {
      host: hostname,
      port: Number(port),
      localAddress: options.localAddress,
      open: () => {},
      packet: (bytes, start, end) => this.#receive(bytes, start, end),
      closed: () => options.closed(),
    })
  }

  /** Resolves with the response, success or fault; never settles if the connection closes first. */
  request<C extends CommandName>(command: C, input: Input<C>): Promise<Answer<unknown>> {
    const id = this.#nextAckId++
    this.#clientTransport.send(`42${id}${JSON.stringify([command, input])}`)
    return new Promise((resolve) => this.#pendingAcks.set(id, resolve))
  }

  close(): void {
    this.#clientTransport.close()
  }

  /** The first character is the Engine.IO packet type; in messages, the second is the Socket.IO packet type. */
  #receive(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start]
    if (type === PING) this.#clientTransport.send('3')
    else if (type === OPEN) this.#clientTransport.send(`40${JSON.stringify(this.options.auth())}`)
    else if (type !== MESSAGE) return
    else if (bytes[start + 1] === EVENT) this.#event(bytes, start + 2, end)
    else if (bytes[start + 1] === ACK) this.#answered(bytes.toString('utf8', start + 2, end))
    else if (bytes[start + 1] === CONNECT_ERROR) this.close()
  }

  /** `["name",{…}]` */
  #event(bytes: Buffer, start: number, end: number): void {
    const name = bytes.toString('latin1', start + 2, bytes.indexOf(QUOTE, start + 2)) as EventName
    if (!this.options.wants.has(name)) return
    this.options.event(...(JSON.parse(bytes.toString('utf8', start, end)) as [never, never]))
  }

  #answered(packet: string): void {
    const begin = packet.indexOf('[')
    const id = Number(packet.slice(0, begin))
    const [answer] = JSON.parse(packet.slice(begin)) as [Answer<unknown>]
    this.#pendingAcks.get(id)?.(answer)
    this.#pendingAcks.delete(id)
  }
}

function code(character: string): number {
  return character.charCodeAt(0)
}
