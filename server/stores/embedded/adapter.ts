import { EventEmitter } from 'node:events'
import { ClusterAdapter, type ClusterMessage, type ClusterResponse } from 'socket.io-adapter'

type BusMessage = ClusterMessage | ClusterResponse

/** Shared by the Socket.IO servers of one process. */
export class AdapterBus extends EventEmitter<{ [namespace: string]: [message: BusMessage] }> {
  constructor() {
    super()
    this.setMaxListeners(0)
  }
}

/** Connects all servers that share the bus, by namespace. */
export function embeddedAdapter(bus = new AdapterBus()) {
  // Socket.IO calls it with `new`, which an arrow function does not take.
  return function adapter(namespace: { name: string }) {
    return new EmbeddedAdapter(namespace, bus)
  }
}

class EmbeddedAdapter extends ClusterAdapter {
  // Each receiver gets its own copy, since receivers may modify it. Responses to other servers' requests are ignored.
  readonly #receive = (message: BusMessage) => this.onMessage(structuredClone(message) as ClusterMessage)

  constructor(
    private readonly namespace: { name: string },
    private readonly bus: AdapterBus,
  ) {
    super(namespace)
  }

  override init(): void {
    this.bus.on(this.namespace.name, this.#receive)
  }

  override close(): void {
    this.bus.off(this.namespace.name, this.#receive)
  }

  override async serverCount(): Promise<number> {
    return this.bus.listenerCount(this.namespace.name)
  }

  protected override async doPublish(message: ClusterMessage): Promise<string> {
    this.#publish(message)
    return ''
  }

  protected override async doPublishResponse(_: string, response: ClusterResponse): Promise<void> {
    this.#publish(response)
  }

  /** Asynchronously, as over a network, in the order of publishing. */
  #publish(message: BusMessage): void {
    const copy = structuredClone(message)
    setImmediate(() => this.bus.emit(this.namespace.name, copy))
  }
}
