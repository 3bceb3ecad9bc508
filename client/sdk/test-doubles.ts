import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import type { OutboxStore, PendingCommand } from './pending-command.ts'

/** Stands between a client and a node, and fails as networks do. For tests alone. */
export class FaultyNetwork {
  url = ''
  readonly #server = createServer((near) => this.#connect(near))
  readonly #sockets = new Set<Socket>()
  #target: string
  #swallows = false

  private constructor(target: string) {
    this.#target = target
  }

  static async to(target: string): Promise<FaultyNetwork> {
    const line = new FaultyNetwork(target)
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    line.url = `http://127.0.0.1:${(line.#server.address() as AddressInfo).port}`
    return line
  }

  /** What the node says is lost from now on; what the client says is not. */
  swallow(): void {
    this.#swallows = true
  }

  /** Ends every connection; later ones are good, and go to `target`. */
  cut(target = this.#target): void {
    this.#target = target
    this.#swallows = false
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #connect(near: Socket): void {
    const far = dial(Number(new URL(this.#target).port), '127.0.0.1')
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => this.#swallows || near.write(bytes))
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  }
}

/** A store for letters that a test can look into. For tests alone. */
export class MemoryOutbox implements OutboxStore {
  readonly kept = new Map<string, PendingCommand>()
  full = false
  found: (pendingCommands: PendingCommand[]) => void = () => {}

  constructor(...letters: PendingCommand[]) {
    for (const letter of letters) this.put(letter)
  }

  all(): PendingCommand[] {
    return [...this.kept.values()]
  }

  put(pendingCommand: PendingCommand): void {
    if (this.full) throw new Error('full')
    this.kept.set(pendingCommand.input.clientId, pendingCommand)
  }

  drop({ input }: PendingCommand): void {
    this.kept.delete(input.clientId)
  }

  watch(found: (letters: PendingCommand[]) => void): void {
    this.found = found
  }
}
