import { setTimeout as delay } from 'node:timers/promises'
import type { User } from '../../protocol/people.ts'
import { FaultError } from '../domain/fault-error.ts'
import type { Way } from '../domain/journal.ts'
import type { LocalPresence } from '../domain/local-presence.ts'
import type { MatchClient, Matchmaker } from '../domain/matchmaker.ts'
import type { Pair, Store } from '../domain/ports.ts'
import { retry } from '../domain/retry.ts'
import { SerialQueue } from '../domain/serial-queue.ts'
import { newUserId } from '../domain/tokens.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { ChatMessage } from './chunked-messages.ts'
import { CLOSE, type Connection } from './connection.ts'
import type { RoomSubscriptions } from './room-subscriptions.ts'
import { SendQueue, type SendQueueDeps } from './send-queue.ts'

/**
 * Messages that may be sent before the partner has entered the room; further ones wait. With messages of 16 KiB, five
 * entries each, from both sides, this fits the log of a match (MATCH_LOG_ENTRIES), so that none is trimmed before the
 * partner has read it.
 */
const UNCONFIRMED_MAX = 10
const POLL_INTERVAL_MS = 100
/** Longest time to wait for the partner to enter the room. */
const WAIT_MAX_MS = 10_000

interface StrangersDeps extends SendQueueDeps {
  store: Store
  metrics: NodeMetrics
  matchmaker: Matchmaker
  localPresence: LocalPresence
  rooms: RoomSubscriptions
}

/** `/ws/strangers`: pairs each client with a stranger, who may use the web page, and relays messages between them. */
export class Strangers {
  constructor(private readonly deps: StrangersDeps) {}

  /**
   * Serves one connection. Resolves when it has ended and the partner is notified. Rejects when no match can be
   * requested.
   */
  async serve(connection: Connection): Promise<void> {
    const { matchmaker } = this.deps
    const id = newUserId()
    const session = new StrangerSession(this.deps, connection, { id, name: `Guest ${id.slice(-4)}` })
    try {
      await retry(connection.signal, () => matchmaker.find(session))
      connection.start((text) => session.send(text))
      await connection.ended
    } finally {
      // The client cannot reconnect as the same user, so the match ends immediately.
      await matchmaker.leave(session).catch(() => matchmaker.gone(session))
      await session.leave()
    }
  }
}

/** One connection. It is matched once and not queued again afterwards. */
class StrangerSession implements MatchClient {
  readonly #sendQueue: SendQueue
  readonly #serialQueue = new SerialQueue()
  #room: string | undefined
  /** Messages sent before the partner was known to be in the room. */
  #unconfirmed = 0
  #unsubscribe = () => {}

  constructor(
    private readonly deps: StrangersDeps,
    private readonly connection: Connection,
    readonly user: User,
  ) {
    this.#sendQueue = new SendQueue(deps, connection)
  }

  get way(): Way {
    return this.connection.way
  }

  found({ room }: Pair): void {
    void this.#serialQueue
      .run(() => this.#startMatch(room))
      .catch(() => this.connection.close(CLOSE.tryAgainLater, 'Try again.'))
  }

  ended(): void {
    void this.leave().then(() => this.connection.send(info('Stranger disconnected.')))
  }

  /** Sends a message to the partner. Without a partner it is dropped. */
  async send(text: string): Promise<void> {
    if (this.#room === undefined) return
    const room = this.#room
    if (this.#unconfirmed === UNCONFIRMED_MAX) await this.#partnerPresent(room)
    if (this.#unconfirmed <= UNCONFIRMED_MAX) this.#unconfirmed++
    try {
      await this.#sendQueue.send(room, this.user, text)
    } catch (error) {
      // The match ended meanwhile; `ended` notifies the client.
      if (!(error instanceof FaultError && error.code === 'not_in_room')) throw error
    }
  }

  /** Leaves the room of the match, if there is one. */
  leave(): Promise<void> {
    return this.#serialQueue.run(async () => {
      const room = this.#room
      if (room === undefined) return
      this.#room = undefined
      this.#unsubscribe()
      await this.deps.localPresence.leave(room, this.user, this.user.id)
    })
  }

  /** Resolves when both users are in the room, after WAIT_MAX_MS, or when the match or connection has ended. */
  async #partnerPresent(room: string): Promise<void> {
    const until = performance.now() + WAIT_MAX_MS
    const unknown = { online: 0 }
    while (!this.connection.signal.aborted && this.#room === room && performance.now() < until) {
      const { online } = await this.deps.store.roster.list(room, { limit: 1 }).catch(() => unknown)
      if (online > 1) return
      await delay(POLL_INTERVAL_MS)
    }
  }

  async #startMatch(room: string): Promise<void> {
    const { rooms, localPresence } = this.deps
    this.#room = room
    this.connection.send(info('You are connected to a stranger!'))
    const onMessage = ({ by, text }: ChatMessage) => {
      if (by.id === this.user.id) return
      this.connection.send(JSON.stringify({ type: 'chat', msg: text }))
      this.deps.metrics.relayed()
    }
    this.#unsubscribe = await retry(this.connection.signal, () => rooms.subscribeFromStart(room, onMessage))
    await retry(this.connection.signal, () => localPresence.enter(room, this.user, this.user.id, 'online'))
  }
}

const info = (msg: string): string => JSON.stringify({ type: 'info', msg })
