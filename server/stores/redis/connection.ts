import { Redis, type RedisOptions } from 'ioredis'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { StoreFull, unavailable } from '../../domain/fault-error.ts'
import type { StoreFailure } from '../../domain/store-failure.ts'
import { failureOf, isVague, NOT_TLS, TLS_REQUIRED } from './failure.ts'
import { speaksPlain, speaksTls } from './tls-probe.ts'

/** A Lua script and how many keys it takes; without a number, any. */
export interface Script {
  name: string
  keys?: number
  lua: string
  /** Runs also when Redis has reached maxmemory: what keeps the cluster going, and adds next to nothing. */
  allowOom?: boolean
}

/** For Redis 7.0 and later; behind it, the script begins with a line break. */
const ALLOW_OOM = '#!lua flags=allow-oom,allow-cross-slot-keys'
/** Redis refuses to begin a script with a shebang and without allow-oom once it has reached maxmemory. */
const probe: Script = { name: 'hubbubProbe', keys: 0, lua: '#!lua\nreturn 1' }

/** Between two checks whether TLS is what connecting fails for. */
const TLS_CHECK_MS = 5_000

/** A client that tries again for ever, and whose troubles end nobody's process. */
export function createClient(url: string, options: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectTimeout: STORE_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * times, 500),
    // After a restart Redis says that it is loading its file; ask again soon.
    maxLoadingRetryTime: 250,
    // A half-open connection never answers our FIN: do not wait for it.
    disconnectTimeout: 100,
    ...options,
  })
  redis.on('error', () => {})
  return redis
}

/**
 * A connection whose calls are answered within STORE_TIMEOUT_MS or rejected as `unavailable`, at once while it is down.
 * Nothing waits in a queue: what was refused is never carried out later.
 */
export const failFastOptions: RedisOptions = {
  commandTimeout: STORE_TIMEOUT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // With autoResendUnfulfilledCommands off, this is what rejects the calls under way when the connection is lost.
  maxRetriesPerRequest: 0,
}

/** Ends a connection that may be open but dead, once however many find out, and makes another. */
export function reconnect(redis: Redis): void {
  if (redis.status !== 'ready' || reconnecting.has(redis)) return
  reconnecting.add(redis)
  redis.once('close', () => reconnecting.delete(redis))
  redis.disconnect(true)
}

const reconnecting = new WeakSet<Redis>()

export class Connection {
  readonly redis: Redis
  /** How many times it was made. */
  connectCount = 0
  /** Why the connection failed last, or the last call, since it was made. */
  failure: StoreFailure | undefined
  /** Whether Redis has reached maxmemory, as far as its answers tell. */
  full = false
  /** When it last answered anything, on the clock of performance.now(). */
  answeredAt = Number.NEGATIVE_INFINITY
  readonly #inFlight = new Set<Promise<unknown>>()
  readonly #known = new Set<string>()
  #closed = false
  #checkingTls = false

  constructor(url: string) {
    // Timed by call(), which knows what ioredis does not: that the answer may have come already.
    this.redis = createClient(url, { ...failFastOptions, commandTimeout: undefined })
    this.redis.on('ready', () => {
      this.connectCount++
      this.failure = undefined
    })
    this.redis.on('error', (error) => {
      const failure = failureOf(error)
      // A server without TLS leaves some handshakes without an answer and resets others: one cause.
      if (!isVague(failure) || this.failure?.cause !== 'tls') this.failure = failure
    })
    this.redis.on('close', () => void this.#checkTls())
    this.redis.on('connect', () => this.#watchHandshake())
    // ioredis gives up when it is told to reconnect in the very tick in which it connects.
    this.redis.on('end', () => {
      if (!this.#closed) setTimeout(() => !this.#closed && this.redis.connect().catch(() => {}), 500).unref()
    })
  }

  get ready(): boolean {
    return this.redis.status === 'ready'
  }

  /** Every question to the store goes through here, so that every failure of it has one name. */
  async call<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const began = performance.now()
    const answer = withTimeout(ask(this.redis))
    this.#inFlight.add(answer)
    try {
      const value = await answer
      this.answeredAt = performance.now()
      return value
    } catch (error) {
      // Open, but dead: nothing at all was answered meanwhile.
      if (error instanceof CallTimeout && this.answeredAt < began) this.replace()
      if (error instanceof Error && error.name === 'ReplyError') {
        this.answeredAt = performance.now()
        const failure = failureOf(error)
        if (failure.cause === 'full') {
          this.full = true
          throw Object.assign(new StoreFull('store'), { cause: error })
        }
        this.failure = failure
      }
      throw Object.assign(unavailable(), { cause: error })
    } finally {
      this.#inFlight.delete(answer)
    }
  }

  /** Runs a script by its hash; ioredis sends the text when Redis does not know it. */
  run(script: Script, keys: string[], args: (string | number)[]): Promise<unknown> {
    if (!this.#known.has(script.name)) {
      this.redis.defineCommand(script.name, {
        lua: script.allowOom ? ALLOW_OOM + script.lua : script.lua,
        numberOfKeys: script.keys,
      })
      this.#known.add(script.name)
    }
    type Command = (...args: (string | number)[]) => Promise<unknown>
    const count = script.keys === undefined ? [keys.length] : []
    return this.call((redis) => (redis as unknown as Record<string, Command>)[script.name]!(...count, ...keys, ...args))
  }

  /** Finds out whether a full Redis has room again. */
  async checkMemory(): Promise<void> {
    if (!this.full) return
    await this.run(probe, [], []).then(
      () => (this.full = false),
      () => {},
    )
  }

  /**
   * ioredis has no time-out between the connection of TCP and `ready`. A connection that is dead by then would stay so for
   * ever; one that is answered, for example that Redis is loading its data, is waited for.
   */
  #watchHandshake(): void {
    let read = 0
    const watch = setInterval(() => {
      const { bytesRead } = this.redis.stream
      if (bytesRead === read) this.redis.disconnect(true)
      read = bytesRead
    }, STORE_TIMEOUT_MS)
    const stop = () => {
      clearInterval(watch)
      this.redis.off('ready', stop).off('close', stop)
    }
    this.redis.on('ready', stop).on('close', stop)
  }

  /** Resolves when it is there; it is kept trying. */
  async firstReady(): Promise<void> {
    if (!this.ready) await new Promise<void>((resolve) => this.redis.once('ready', () => resolve()))
  }

  /** Before the first connection was made: whether it fails because one side speaks TLS and the other does not. */
  async #checkTls(): Promise<void> {
    if (this.connectCount > 0 || this.#closed || this.#checkingTls || (this.failure && !isVague(this.failure))) return
    this.#checkingTls = true
    const { host = '127.0.0.1', port = 6379, tls } = this.redis.options
    const isOther = await (tls ? speaksPlain : speaksTls)({ host, port })
    if (isOther && this.connectCount === 0) this.failure = tls ? NOT_TLS : TLS_REQUIRED
    await new Promise<void>((next) => setTimeout(next, TLS_CHECK_MS).unref())
    this.#checkingTls = false
  }

  replace(): void {
    reconnect(this.redis)
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
  }

  close(): void {
    this.#closed = true
    this.redis.disconnect()
  }
}

class CallTimeout extends Error {}

/** Rejects with CallTimeout when there is no answer within STORE_TIMEOUT_MS. */
function withTimeout<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Timers run before sockets are read: on a busy event loop the answer is often there, and only unread.
      setImmediate(() => reject(new CallTimeout(`no answer within ${STORE_TIMEOUT_MS} ms`)))
    }, STORE_TIMEOUT_MS)
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
