import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

interface Pair {
  near: Socket
  far: Socket
  deaf: boolean
  subscribes: boolean
  /** What was to be passed on to Redis, while that is held up. */
  held: Buffer[] | undefined
}

/** Stands between a node and Redis, and can stop passing anything on: without a word to either, or by hanging up. */
export class FaultyRedisProxy {
  readonly #server = createServer()
  readonly #pairs = new Set<Pair>()
  #state: 'whole' | 'cut' | 'severed' = 'whole'
  url = ''

  private constructor(private port: number) {}

  static async to(port: number): Promise<FaultyRedisProxy> {
    const proxy = new FaultyRedisProxy(port)
    proxy.#server.on('connection', (near) => proxy.#connect(near))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    proxy.url = `redis://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}`
    return proxy
  }

  /** From now on the present connections are open and dead; later ones live. */
  dropReplies(): void {
    for (const pair of this.#pairs) pair.deaf = true
  }

  /** The same for connections that subscribe to anything; says how many. */
  dropSubscriberReplies(): number {
    const subscribers = [...this.#pairs].filter((pair) => pair.subscribes && !pair.deaf)
    for (const pair of subscribers) pair.deaf = true
    return subscribers.length
  }

  /** Deafens new connections as well, until it is mended: to its node, the store is gone without a trace. */
  cut(): void {
    this.#state = 'cut'
    this.dropReplies()
  }

  /** What the present connections say is kept until `release`; later ones are open and dead until it is mended. */
  hold(): void {
    this.#state = 'cut'
    for (const pair of this.#pairs) pair.held ??= []
  }

  /** Redis hears it now, whether its node is still there or not, and the node hears nothing more. */
  release(): void {
    for (const pair of this.#pairs) {
      if (!pair.held) continue
      for (const bytes of pair.held) pair.far.write(bytes)
      pair.held = undefined
      pair.deaf = true
    }
  }

  /** Hangs up, and hangs up on whoever calls, until it is mended: to its node, the store says that it is gone. */
  sever(): void {
    this.#state = 'severed'
    for (const pair of this.#pairs) this.#end(pair)
  }

  /** The address belongs to another Redis from now on, as after a failover: present connections end. */
  redirect(port: number): void {
    this.port = port
    for (const pair of this.#pairs) this.#end(pair)
  }

  mend(): void {
    this.#state = 'whole'
    for (const pair of this.#pairs) if (pair.near.destroyed) this.#end(pair)
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#end(pair)
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(near: Socket): void {
    near.on('error', () => {})
    if (this.#state === 'severed') return void near.destroy()
    const far = dial(this.port, '127.0.0.1')
    const pair: Pair = { near, far, deaf: this.#state === 'cut', subscribes: false, held: undefined }
    this.#pairs.add(pair)
    near.on('data', (bytes) => {
      pair.subscribes ||= /\r\nssubscribe\r\n/i.test(`${bytes}`)
      if (pair.held) pair.held.push(bytes)
      else if (!pair.deaf) pair.far.write(bytes)
    })
    pair.far.on('data', (bytes) => !pair.deaf && near.write(bytes))
    for (const socket of [near, pair.far]) {
      socket.on('error', () => {}).on('close', () => !pair.deaf && !pair.held && this.#end(pair))
    }
  }

  #end(pair: Pair): void {
    pair.near.destroy()
    pair.far.destroy()
    this.#pairs.delete(pair)
  }
}
