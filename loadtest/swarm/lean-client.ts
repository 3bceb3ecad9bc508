import { WebSocket } from 'ws'
import type { CommandName, Input } from '../../protocol/commands.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer } from '../../protocol/faults.ts'

export interface LeanOptions {
  /** ws://host:port */
  url: string
  /** To come from another loopback address than 127.0.0.1, since one has some 28,000 ports. */
  localAddress?: string
  auth: () => object
  event: <E extends EventName>(name: E, payload: Payload<E>) => void
  /** The connection ended, or never came about. */
  gone: () => void
}

/**
 * A Socket.IO client without the library: the packets that Hubbub needs, on one WebSocket. It costs a load test a
 * fraction of the real one, so that what is measured is the server.
 */
export class LeanClient {
  readonly #socket: WebSocket
  readonly #asked = new Map<number, (answer: Answer<unknown>) => void>()
  #asks = 0

  constructor(private readonly options: LeanOptions) {
    const { url, localAddress } = options
    this.#socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, {
      localAddress,
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
      skipUTF8Validation: true,
    })
    this.#socket.on('message', (data: Buffer) => this.#hear(data.toString()))
    // An error is followed by a close.
    this.#socket.on('error', () => {})
    this.#socket.once('close', () => options.gone())
  }

  /** The answer, whatever it is; never settles when the connection ends first. */
  ask<C extends CommandName>(command: C, input: Input<C>): Promise<Answer<unknown>> {
    const id = this.#asks++
    this.#socket.send(`42${id}${JSON.stringify([command, input])}`)
    return new Promise((resolve) => this.#asked.set(id, resolve))
  }

  close(): void {
    this.#socket.close()
  }

  /** Engine.IO's packet types are the first character, Socket.IO's, inside of a message, the second. */
  #hear(packet: string): void {
    if (packet === '2') this.#socket.send('3')
    else if (packet.startsWith('0')) this.#socket.send(`40${JSON.stringify(this.options.auth())}`)
    else if (packet.startsWith('42')) this.options.event(...(JSON.parse(packet.slice(2)) as [never, never]))
    else if (packet.startsWith('43')) this.#answered(packet)
    else if (packet.startsWith('44')) this.close()
  }

  #answered(packet: string): void {
    const begin = packet.indexOf('[')
    const id = Number(packet.slice(2, begin))
    const [answer] = JSON.parse(packet.slice(begin)) as [Answer<unknown>]
    this.#asked.get(id)?.(answer)
    this.#asked.delete(id)
  }
}
