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
import type { Said } from './chunked-messages.ts'
import { CLOSE, type Connection } from './connection.ts'
import type { RoomSubscriptions } from './room-subscriptions.ts'
import { SendQueue, type SendQueueDeps } from './send-queue.ts'

/**
 * So much is said before the stranger has come in: of messages of 16 KiB from both sides, which are five entries each, no
 * more than a pair's log holds (MATCH_LOG_ENTRIES), so that nothing is gone before it could be heard. Then one waits.
 */
const AHEAD_MOST = 10
const LOOK_EVERY_MS = 100
/** But not for one who never comes in. */
const WAIT_MOST_MS = 10_000

interface StrangersDeps extends SendQueueDeps {
  store: Store
  metrics: NodeMetrics
  matchmaker: Matchmaker
  attendance: LocalPresence
  rooms: RoomSubscriptions
}

/** `/ws/strangers`: who connects waits for a stranger; then each message goes to the other one, who may be on the page. */
export class Strangers {
  constructor(private readonly parts: StrangersDeps) {}

  /** Resolves when they have left, and their stranger has been told. Rejects when nobody could be looked for. */
  async welcome(connection: Connection): Promise<void> {
    const { matchmaker } = this.parts
    const id = newUserId()
    const strangerSession = new StrangerSession(this.parts, connection, { id, name: `Guest ${id.slice(-4)}` })
    try {
      await retry(connection.signal, () => matchmaker.find(strangerSession))
      connection.listen((text) => strangerSession.say(text))
      await connection.ended
    } finally {
      // They cannot come back as the same person, so the pair need not wait for them.
      await matchmaker.leave(strangerSession).catch(() => matchmaker.gone(strangerSession))
      await strangerSession.end()
    }
  }
}

/** One connection: it is paired once, and when that is over, it is over. */
class StrangerSession implements MatchClient {
  readonly #sendQueue: SendQueue
  readonly #serialQueue = new SerialQueue()
  #room: string | undefined
  /** Messages said before the stranger was known to be in the room. */
  #ahead = 0
  #stop = () => {}

  constructor(
    private readonly parts: StrangersDeps,
    private readonly connection: Connection,
    readonly user: User,
  ) {
    this.#sendQueue = new SendQueue(parts, connection)
  }

  get way(): Way {
    return this.connection.way
  }

  found({ room }: Pair): void {
    void this.#serialQueue.run(() => this.#begin(room)).catch(() => this.connection.close(CLOSE.tryLater, 'Try again.'))
  }

  ended(): void {
    void this.end().then(() => this.connection.send(info('Stranger disconnected.')))
  }

  /** What is said without a stranger is dropped. */
  async say(text: string): Promise<void> {
    if (this.#room === undefined) return
    const room = this.#room
    if (this.#ahead === AHEAD_MOST) await this.#strangerIn(room)
    if (this.#ahead <= AHEAD_MOST) this.#ahead++
    try {
      await this.#sendQueue.send(room, this.user, text)
    } catch (error) {
      // The pair ended meanwhile, which they are told by itself.
      if (!(error instanceof FaultError && error.code === 'not_in_room')) throw error
    }
  }

  /** Leaves the room of the pair, if there is one. */
  end(): Promise<void> {
    return this.#serialQueue.run(async () => {
      const room = this.#room
      if (room === undefined) return
      this.#room = undefined
      this.#stop()
      await this.parts.attendance.leave(room, this.user, this.user.id)
    })
  }

  /** Resolves when they are both in the room, or when it is no use to wait. */
  async #strangerIn(room: string): Promise<void> {
    const until = performance.now() + WAIT_MOST_MS
    const nobody = { online: 0 }
    while (!this.connection.signal.aborted && this.#room === room && performance.now() < until) {
      const { online } = await this.parts.store.roster.list(room, { limit: 1 }).catch(() => nobody)
      if (online > 1) return
      await delay(LOOK_EVERY_MS)
    }
  }

  async #begin(room: string): Promise<void> {
    const { rooms, attendance } = this.parts
    this.#room = room
    this.connection.send(info('You are connected to a stranger!'))
    const hear = ({ by, text }: Said) => {
      if (by.id === this.user.id) return
      this.connection.send(JSON.stringify({ type: 'chat', msg: text }))
      this.parts.metrics.relayed()
    }
    this.#stop = await retry(this.connection.signal, () => rooms.joinFromStart(room, hear))
    await retry(this.connection.signal, () => attendance.enter(room, this.user, this.user.id, 'online'))
  }
}

const info = (msg: string): string => JSON.stringify({ type: 'info', msg })
