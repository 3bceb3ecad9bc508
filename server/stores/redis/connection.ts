import { Redis, type RedisOptions } from 'ioredis'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { unavailable } from '../../domain/refusal.ts'

/** A Lua script and how many keys it takes. */
export interface Script {
  name: string
  /** Undefined: their count is the first argument. */
  keys: number | undefined
  lua: string
}

/** A client that tries again for ever, and whose troubles end nobody's process. */
export function client(url: string, options: RedisOptions): Redis {
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
export const impatient: RedisOptions = {
  commandTimeout: STORE_TIMEOUT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // With autoResendUnfulfilledCommands off, this is what rejects the calls under way when the connection is lost.
  maxRetriesPerRequest: 0,
}

/** Ends a connection that may be open but dead, once however many find out, and makes another. */
export function reconnect(redis: Redis): void {
  if (redis.status !== 'ready' || leaving.has(redis)) return
  leaving.add(redis)
  redis.once('close', () => leaving.delete(redis))
  redis.disconnect(true)
}

const leaving = new WeakSet<Redis>()

export class Connection {
  readonly redis: Redis
  /** How many times it was made. */
  times = 0
  /** What the store or the network said last, when it was no answer. */
  trouble: string | undefined
  /** When it last answered anything, on the clock of performance.now(). */
  answeredAt = Number.NEGATIVE_INFINITY
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #known = new Set<string>()
  #closed = false

  constructor(url: string) {
    this.redis = client(url, impatient)
    this.redis.on('ready', () => {
      this.times++
      this.trouble = undefined
    })
    this.redis.on('error', (error) => {
      this.trouble = error.message
    })
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
    const answer = ask(this.redis)
    this.#underWay.add(answer)
    try {
      const value = await answer
      this.answeredAt = performance.now()
      return value
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') {
        this.trouble = error.message
        this.answeredAt = performance.now()
      }
      throw Object.assign(unavailable(), { cause: error })
    } finally {
      this.#underWay.delete(answer)
    }
  }

  /** Runs a script by its hash; ioredis sends the text when Redis does not know it. */
  run(script: Script, keys: string[], args: (string | number)[]): Promise<unknown> {
    if (!this.#known.has(script.name)) {
      this.redis.defineCommand(script.name, { lua: script.lua, numberOfKeys: script.keys })
      this.#known.add(script.name)
    }
    type Command = (...args: (string | number)[]) => Promise<unknown>
    return this.call((redis) => (redis as unknown as Record<string, Command>)[script.name]!(...keys, ...args))
  }

  replace(): void {
    reconnect(this.redis)
  }

  async answered(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  close(): void {
    this.#closed = true
    this.redis.disconnect()
  }
}
