import { Redis, type RedisOptions } from 'ioredis'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { StoreFull, unavailable } from '../../domain/fault-error.ts'
import type { StoreFailure } from '../../domain/store-failure.ts'
import { failureOf, isVague, NOT_TLS, TLS_REQUIRED } from './failure.ts'
import { speaksPlain, speaksTls } from './tls-probe.ts'

/** A Lua script. `keys` is its number of keys; omitted, it is variable. */
export interface Script {
  name: string
  keys?: number
  lua: string
  /** Also runs when Redis has reached maxmemory: for scripts that keep the cluster going and add next to no data. */
  allowOom?: boolean
}

/** Requires Redis 7.0. The script that follows starts with a line break. */
const ALLOW_OOM = '#!lua flags=allow-oom,allow-cross-slot-keys'
/** Redis rejects a script with a shebang and without allow-oom once it has reached maxmemory. */
const probe: Script = { name: 'hubbubProbe', keys: 0, lua: '#!lua\nreturn 1' }

/** Minimum interval between two checks for a TLS mismatch. */
const TLS_CHECK_MS = 5_000

/** Creates a client that reconnects forever; its errors never become unhandled `error` events. */
export function createClient(url: string, options: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectTimeout: STORE_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * times, 500),
    // After a restart, Redis reports LOADING until its data is loaded; retry soon.
    maxLoadingRetryTime: 250,
    // A half-open connection never acknowledges the FIN: do not wait for it.
    disconnectTimeout: 100,
    ...options,
  })
  redis.on('error', () => {})
  return redis
}

/**
 * Options of a connection whose calls reject as `unavailable` after STORE_TIMEOUT_MS, and at once while it is down. No
 * call is queued, so a call that was rejected is never executed later.
 */
export const failFastOptions: RedisOptions = {
  commandTimeout: STORE_TIMEOUT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // With autoResendUnfulfilledCommands off, this rejects the calls in flight when the connection is lost.
  maxRetriesPerRequest: 0,
}

/** Replaces a connection that may be open but dead. Concurrent calls reconnect once. */
export function reconnect(redis: Redis): void {
  if (redis.status !== 'ready' || reconnecting.has(redis)) return
  reconnecting.add(redis)
  redis.once('close', () => reconnecting.delete(redis))
  redis.disconnect(true)
}

const reconnecting = new WeakSet<Redis>()

export class Connection {
  readonly redis: Redis
  /** How many times the connection was established. */
  connectCount = 0
  /** Why the connection, or the last call since it was established, failed. */
  failure: StoreFailure | undefined
  /** Whether Redis has reached maxmemory, according to its latest replies. */
  full = false
  /** When Redis last replied, on the clock of performance.now(). */
  answeredAt = Number.NEGATIVE_INFINITY
  readonly #inFlight = new Set<Promise<unknown>>()
  readonly #known = new Set<string>()
  #closed = false
  #checkingTls = false

  constructor(url: string) {
    // call() implements the timeout, since it detects replies that have arrived but were not read yet.
    this.redis = createClient(url, { ...failFastOptions, commandTimeout: undefined })
    this.redis.on('ready', () => {
      this.connectCount++
      this.failure = undefined
    })
    this.redis.on('error', (error) => {
      const failure = failureOf(error)
      // A server without TLS leaves some handshakes unanswered and resets others: both mean a TLS mismatch.
      if (!isVague(failure) || this.failure?.cause !== 'tls') this.failure = failure
    })
    this.redis.on('close', () => void this.#checkTls())
    this.redis.on('connect', () => this.#watchHandshake())
    // ioredis stops reconnecting if disconnect(true) is called in the same tick in which it connects.
    this.redis.on('end', () => {
      if (!this.#closed) setTimeout(() => !this.#closed && this.redis.connect().catch(() => {}), 500).unref()
    })
  }

  get ready(): boolean {
    return this.redis.status === 'ready'
  }

  /** All calls to the store go through here, so that every failure maps to `unavailable` or `StoreFull`. */
  async call<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const began = performance.now()
    const answer = withTimeout(command(this.redis))
    this.#inFlight.add(answer)
    try {
      const value = await answer
      this.answeredAt = performance.now()
      return value
    } catch (error) {
      // Nothing at all was answered meanwhile: the connection is open but dead.
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

  /** Runs a script by its SHA; ioredis sends the source if Redis has not cached it. */
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

  /** Checks whether a full Redis has free memory again. */
  async checkMemory(): Promise<void> {
    if (!this.full) return
    await this.run(probe, [], []).then(
      () => (this.full = false),
      () => {},
    )
  }

  /**
   * ioredis has no timeout between the TCP connection and `ready`, so a connection that dies in between would hang
   * forever. A connection on which data arrives, for example LOADING errors, is kept.
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

  /** Resolves when the connection is established for the first time; attempts never stop. */
  async firstReady(): Promise<void> {
    if (!this.ready) await new Promise<void>((resolve) => this.redis.once('ready', () => resolve()))
  }

  /** Until the first connection is established: checks whether it fails because only one side speaks TLS. */
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

/** Rejects with CallTimeout if there is no reply within STORE_TIMEOUT_MS. */
function withTimeout<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Timers run before sockets are read: on a busy event loop the reply has often arrived but is still unread.
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
