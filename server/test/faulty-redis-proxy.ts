import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

interface Pair {
  client: Socket
  redis: Socket
  silenced: boolean
  isSubscriber: boolean
  /** What was to be passed on to Redis, while that is held up. */
  heldRequests: Buffer[] | undefined
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
    for (const pair of this.#pairs) pair.silenced = true
  }

  /** The same for connections that subscribe to anything; says how many. */
  dropSubscriberReplies(): number {
    const subscribers = [...this.#pairs].filter((pair) => pair.isSubscriber && !pair.silenced)
    for (const pair of subscribers) pair.silenced = true
    return subscribers.length
  }

  /** Deafens new connections as well, until it is mended: to its node, the store is gone without a trace. */
  blackhole(): void {
    this.#state = 'cut'
    this.dropReplies()
  }

  /** What the present connections say is kept until `release`; later ones are open and dead until it is mended. */
  holdRequests(): void {
    this.#state = 'cut'
    for (const pair of this.#pairs) pair.heldRequests ??= []
  }

  /** Redis hears it now, whether its node is still there or not, and the node hears nothing more. */
  releaseRequests(): void {
    for (const pair of this.#pairs) {
      if (!pair.heldRequests) continue
      for (const bytes of pair.heldRequests) pair.redis.write(bytes)
      pair.heldRequests = undefined
      pair.silenced = true
    }
  }

  /** Hangs up, and hangs up on whoever calls, until it is mended: to its node, the store says that it is gone. */
  refuse(): void {
    this.#state = 'severed'
    for (const pair of this.#pairs) this.#end(pair)
  }

  /** The address belongs to another Redis from now on, as after a failover: present connections end. */
  redirect(port: number): void {
    this.port = port
    for (const pair of this.#pairs) this.#end(pair)
  }

  heal(): void {
    this.#state = 'whole'
    for (const pair of this.#pairs) if (pair.client.destroyed) this.#end(pair)
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
    const pair: Pair = {
      client: near,
      redis: far,
      silenced: this.#state === 'cut',
      isSubscriber: false,
      heldRequests: undefined,
    }
    this.#pairs.add(pair)
    near.on('data', (bytes) => {
      pair.isSubscriber ||= /\r\nssubscribe\r\n/i.test(`${bytes}`)
      if (pair.heldRequests) pair.heldRequests.push(bytes)
      else if (!pair.silenced) pair.redis.write(bytes)
    })
    pair.redis.on('data', (bytes) => !pair.silenced && near.write(bytes))
    for (const socket of [near, pair.redis]) {
      socket.on('error', () => {}).on('close', () => !pair.silenced && !pair.heldRequests && this.#end(pair))
    }
  }

  #end(pair: Pair): void {
    pair.client.destroy()
    pair.redis.destroy()
    this.#pairs.delete(pair)
  }
}
