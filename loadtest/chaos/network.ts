import { Agent, type AgentOptions, type ClientRequest, type ClientRequestArgs } from 'node:http'
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Everything that one client has of the network: its TCP connections, which can be cut, stalled or denied. */
export class Network {
  readonly agent: Agent
  readonly #sockets = new Set<Socket>()
  #denied = false

  constructor() {
    this.agent = new NetworkAgent({ keepAlive: true }, (args) => this.#connect(args))
  }

  /** All connections end. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nothing is read from the present connections; what is said goes out. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  /** No new connection comes about until `allow`. */
  deny(): void {
    this.#denied = true
  }

  allow(): void {
    this.#denied = false
  }

  #connect(args: ClientRequestArgs): Socket {
    if (this.#denied) {
      const socket = new Socket()
      process.nextTick(() => socket.destroy(new Error('There is no network.')))
      return socket
    }
    const socket = connect({ port: Number(args.port), host: args.host ?? undefined, noDelay: true })
    this.#sockets.add(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }
}

class NetworkAgent extends Agent {
  constructor(
    options: AgentOptions,
    private readonly dial: (args: ClientRequestArgs) => Socket,
  ) {
    super(options)
  }

  override createConnection(args: ClientRequestArgs): Socket {
    return this.dial(args)
  }

  // On a kept connection that turns out closed, xmlhttprequest-ssl would try again by itself, forget to end its second
  // request, and hang until the ping is missed: so no request knows that its connection was kept.
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request)
    request.reusedSocket = false
  }
}
