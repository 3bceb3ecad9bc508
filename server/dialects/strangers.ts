import type { User } from '../../protocol/people.ts'
import type { Attendance } from '../domain/attendance.ts'
import { newUserId } from '../domain/identity.ts'
import type { Matchmaker, Seeker } from '../domain/matchmaker.ts'
import type { Pair } from '../domain/ports.ts'
import { Refusal } from '../domain/refusal.ts'
import { Turns } from '../domain/turns.ts'
import { CLOSE, type Connection } from './connection.ts'
import type { HeardRooms } from './heard-rooms.ts'
import { Saying, type SayingParts } from './saying.ts'

interface StrangersParts extends SayingParts {
  matchmaker: Matchmaker
  attendance: Attendance
  rooms: HeardRooms
}

/** `/ws/strangers`: who connects waits for a stranger; then each message goes to the other one, who may be on the page. */
export class Strangers {
  constructor(private readonly parts: StrangersParts) {}

  /** Resolves when they have left, and their stranger has been told. Rejects when nobody could be looked for. */
  async welcome(connection: Connection): Promise<void> {
    const { matchmaker } = this.parts
    const id = newUserId()
    const visit = new Visit(this.parts, connection, { id, name: `Guest ${id.slice(-4)}` })
    try {
      await matchmaker.find(visit)
      connection.listen((text) => visit.say(text))
      await connection.ended
    } finally {
      // They cannot come back as the same person, so the pair need not wait for them.
      await matchmaker.leave(visit).catch(() => matchmaker.gone(visit))
      await visit.end()
    }
  }
}

/** One connection: it is paired once, and when that is over, it is over. */
class Visit implements Seeker {
  readonly #saying: Saying
  readonly #turns = new Turns()
  #room: string | undefined
  #stop = () => {}

  constructor(
    private readonly parts: StrangersParts,
    private readonly connection: Connection,
    readonly user: User,
  ) {
    this.#saying = new Saying(parts, connection)
  }

  found({ room }: Pair): void {
    void this.#turns.take(() => this.#begin(room)).catch(() => this.connection.close(CLOSE.tryLater, 'Try again.'))
  }

  ended(): void {
    void this.end().then(() => this.connection.send(info('Stranger disconnected.')))
  }

  /** What is said without a stranger is dropped. */
  async say(text: string): Promise<void> {
    if (this.#room === undefined || text === '') return
    try {
      await this.#saying.say(this.#room, this.user, text)
    } catch (error) {
      // The pair ended meanwhile, which they are told by itself.
      if (!(error instanceof Refusal && error.code === 'not_in_room')) throw error
    }
  }

  /** Leaves the room of the pair, if there is one. */
  end(): Promise<void> {
    return this.#turns.take(async () => {
      const room = this.#room
      if (room === undefined) return
      this.#room = undefined
      this.#stop()
      await this.parts.attendance.leave(room, this.user, this.user.id)
    })
  }

  async #begin(room: string): Promise<void> {
    const { rooms, attendance } = this.parts
    this.#room = room
    this.connection.send(info('You are connected to a stranger!'))
    this.#stop = await rooms.joinFromStart(room, ({ by, text }) => {
      if (by.id === this.user.id) return
      this.connection.send(JSON.stringify({ type: 'chat', msg: text }))
      this.parts.metrics.relayed()
    })
    await attendance.enter(room, this.user, this.user.id, 'online')
  }
}

const info = (msg: string): string => JSON.stringify({ type: 'info', msg })
