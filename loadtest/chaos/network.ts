import { Agent, type AgentOptions, type ClientRequest, type ClientRequestArgs } from 'node:http'
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A client's TCP connections, which can be cut, stalled or refused. */
export class Network {
  readonly agent: Agent
  readonly #sockets = new Set<Socket>()
  #denied = false

  constructor() {
    this.agent = new NetworkAgent({ keepAlive: true }, (args) => this.#connect(args))
  }

  /** Destroys all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Stops reading from the current connections; writes still go out. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  /** Refuses new connections until `allow`. */
  deny(): void {
    this.#denied = true
  }

  allow(): void {
    this.#denied = false
  }

  #connect(args: ClientRequestArgs): Socket {
    if (this.#denied) {
      const socket = new Socket()
      process.nextTick(() => socket.destroy(new Error('The network is disabled.')))
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

  // If a reused connection turns out closed, xmlhttprequest-ssl retries without ending the second request and hangs
  // until the ping timeout. Clearing the flag prevents the retry.
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request)
    request.reusedSocket = false
  }
}
