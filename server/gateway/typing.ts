import type { Payload } from '../../protocol/events.ts'
import { TYPING_FOR_MS, TYPING_NAMED_MAX, TYPING_REPEAT_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'
import type { Connection } from './connection.ts'

const SEND_INTERVAL_MS = 1_000

interface RoomTyping {
  /** The typing users by connection id, and when their state expires (performance.now). */
  until: Map<string, { user: User; expiresAt: number }>
  sentAt: number
  /** The user ids of the last event, joined by spaces. */
  sentIds: string
  timer?: NodeJS.Timeout
}

type Typist = Pick<Connection, 'id' | 'user'>

/**
 * The users of this node who are typing, by room. Each event carries the complete list of a room and replaces the previous
 * one. It is sent at most once per second, immediately when the list becomes empty, and repeated every TYPING_REPEAT_MS
 * while it is not empty, since clients let it expire.
 */
export class Typing {
  readonly #rooms = new Map<string, RoomTyping>()

  constructor(
    private readonly node: string,
    private readonly send: (typing: Payload<'typing'>) => void,
  ) {}

  set(room: string, { id, user }: Typist, typing: boolean): void {
    const state = this.#rooms.get(room)
    if (typing) {
      const next = state ?? { until: new Map(), sentAt: Number.NEGATIVE_INFINITY, sentIds: '' }
      this.#rooms.set(room, next)
      next.until.set(id, { user, expiresAt: performance.now() + TYPING_FOR_MS })
      this.#update(room, next)
    } else if (state?.until.delete(id)) {
      this.#update(room, state)
    }
  }

  /** Whether the user is typing in the room, over a connection of this node. */
  isTyping(room: string, user: string): boolean {
    const now = performance.now()
    return [...(this.#rooms.get(room)?.until.values() ?? [])].some(
      (typist) => typist.user.id === user && typist.expiresAt > now,
    )
  }

  close(): void {
    for (const { timer } of this.#rooms.values()) clearTimeout(timer)
    this.#rooms.clear()
  }

  #update(room: string, state: RoomTyping): void {
    clearTimeout(state.timer)
    const now = performance.now()
    for (const [id, { expiresAt }] of state.until) if (expiresAt <= now) state.until.delete(id)
    const users = new Map([...state.until.values()].map(({ user }) => [user.id, user]))
    const ids = [...users.keys()].join(' ')
    const sinceSent = now - state.sentAt
    const isDue = ids !== state.sentIds || (users.size > 0 && sinceSent >= TYPING_REPEAT_MS)
    if (isDue && (users.size === 0 || sinceSent >= SEND_INTERVAL_MS)) {
      Object.assign(state, { sentIds: ids, sentAt: now })
      const listed = [...users.values()].slice(0, TYPING_NAMED_MAX)
      this.send({ room, node: this.node, users: listed, count: users.size, forMs: TYPING_FOR_MS })
    }
    const untilNext = Math.max(1, Math.ceil(SEND_INTERVAL_MS - (now - state.sentAt)))
    if (users.size === 0) {
      // Kept until the send interval has passed, so that it also limits a user who starts again immediately.
      state.timer = setTimeout(() => this.#rooms.delete(room), untilNext)
      return
    }
    const expiry = Math.max(
      1,
      Math.ceil(Math.min(...[...state.until.values()].map(({ expiresAt }) => expiresAt)) - now),
    )
    const wait = ids === state.sentIds ? expiry : Math.min(expiry, untilNext)
    state.timer = setTimeout(() => this.#update(room, state), wait)
  }
}
