import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

interface Pair {
  client: Socket
  redis: Socket
  silenced: boolean
  isSubscriber: boolean
  /** Requests that are held back until `releaseRequests`; undefined if none are. */
  heldRequests: Buffer[] | undefined
}

/** A TCP proxy between a node and Redis that injects faults: it drops or delays data silently, or closes connections. */
export class FaultyRedisProxy {
  readonly #server = createServer()
  readonly #pairs = new Set<Pair>()
  #state: 'healthy' | 'blackhole' | 'refusing' = 'healthy'
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

  /** Existing connections stay open but pass no more data; new ones work. */
  dropReplies(): void {
    for (const pair of this.#pairs) pair.silenced = true
  }

  /** Like `dropReplies`, for connections with subscriptions only; returns their number. */
  dropSubscriberReplies(): number {
    const subscribers = [...this.#pairs].filter((pair) => pair.isSubscriber && !pair.silenced)
    for (const pair of subscribers) pair.silenced = true
    return subscribers.length
  }

  /** Like `dropReplies`, also for new connections, until `heal`: the store stops responding without an error. */
  blackhole(): void {
    this.#state = 'blackhole'
    this.dropReplies()
  }

  /** Holds back the requests of existing connections until `releaseRequests`; new connections pass no data until `heal`. */
  holdRequests(): void {
    this.#state = 'blackhole'
    for (const pair of this.#pairs) pair.heldRequests ??= []
  }

  /** Sends the held requests to Redis, even if the node has closed its connection; the node receives no replies. */
  releaseRequests(): void {
    for (const pair of this.#pairs) {
      if (!pair.heldRequests) continue
      for (const bytes of pair.heldRequests) pair.redis.write(bytes)
      pair.heldRequests = undefined
      pair.silenced = true
    }
  }

  /** Closes all connections, and new ones at once, until `heal`: the store reports a connection error. */
  refuse(): void {
    this.#state = 'refusing'
    for (const pair of this.#pairs) this.#end(pair)
  }

  /** Forwards to another Redis from now on, as after a failover, and closes existing connections. */
  redirect(port: number): void {
    this.port = port
    for (const pair of this.#pairs) this.#end(pair)
  }

  heal(): void {
    this.#state = 'healthy'
    for (const pair of this.#pairs) if (pair.client.destroyed) this.#end(pair)
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#end(pair)
    this.#server.close()
    await once(this.#server, 'close')
  }

  #connect(near: Socket): void {
    near.on('error', () => {})
    if (this.#state === 'refusing') return void near.destroy()
    const far = dial(this.port, '127.0.0.1')
    const pair: Pair = {
      client: near,
      redis: far,
      silenced: this.#state === 'blackhole',
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
