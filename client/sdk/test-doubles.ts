import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** A TCP proxy between a client and a node that injects network faults. Only for tests. */
export class FaultyNetwork {
  url = ''
  readonly #server = createServer((client) => this.#connect(client))
  readonly #sockets = new Set<Socket>()
  #target: string
  #dropsResponses = false

  private constructor(target: string) {
    this.#target = target
  }

  static async to(target: string): Promise<FaultyNetwork> {
    const network = new FaultyNetwork(target)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    network.url = `http://127.0.0.1:${(network.#server.address() as AddressInfo).port}`
    return network
  }

  /** Drops everything that the node sends from now on; the client's data still arrives. */
  dropResponses(): void {
    this.#dropsResponses = true
  }

  /** Closes every connection. Later ones work, and go to `target`. */
  cut(target = this.#target): void {
    this.#target = target
    this.#dropsResponses = false
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #connect(client: Socket): void {
    const upstream = connectTcp(Number(new URL(this.#target).port), '127.0.0.1')
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => this.#dropsResponses || client.write(bytes))
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
  }
}

/** An outbox store that a test can inspect and fill up. Only for tests. */
export class MemoryOutbox implements OutboxStore {
  readonly commands = new Map<string, PendingCommand>()
  full = false
  found: (pendingCommands: PendingCommand[]) => void = () => {}

  constructor(...pendingCommands: PendingCommand[]) {
    for (const pending of pendingCommands) this.put(pending)
  }

  all(): PendingCommand[] {
    return [...this.commands.values()]
  }

  put(pendingCommand: PendingCommand): void {
    if (this.full) throw new Error('full')
    this.commands.set(pendingCommand.input.clientId, pendingCommand)
  }

  drop({ input }: PendingCommand): void {
    this.commands.delete(input.clientId)
  }

  watch(found: (pendingCommands: PendingCommand[]) => void): void {
    this.found = found
  }
}
