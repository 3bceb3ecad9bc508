import type { Status, User } from '../../protocol/people.ts'
import type { Store } from '../domain/ports.ts'
import { ClusterBus } from './cluster-bus.ts'
import type { Io } from './socket.ts'
import type { Typing } from './typing.ts'

interface Deps {
  io: Io
  store: Pick<Store, 'now' | 'unavailableReason'>
  localPresence: {
    enter(room: string, user: User, connection: string, status: Status): Promise<void>
    leave(room: string, user: User, connection: string): Promise<void>
  }
  typing: Typing
}

/** Placeholder connection id for users who are present without a socket. */
const PLACEHOLDER_CONNECTION = 'without'

/**
 * Presence of users without a connection, such as REST clients, whose requests may reach a different node each time. Each
 * node that receives a status keeps it for the given time, under its own lease; a leave is sent to all nodes.
 */
export class RestPresence {
  readonly #expiryTimers = new Map<string, NodeJS.Timeout>()
  readonly #clusterBus: ClusterBus<'left' | 'quiet' | 'typing'>

  constructor(private readonly deps: Deps) {
    this.#clusterBus = new ClusterBus(deps, {
      left: async ({ room, user }) => {
        await this.#expire(room, user)
        return true
      },
      quiet: async ({ room, user }) => {
        this.#setTyping(room, user, false)
        return true
      },
      typing: async ({ room, user }) => deps.typing.isTyping(room, user.id),
    })
  }

  /** Marks the user as present in the room for `ttlMs` milliseconds. Resolves when the roster is updated. */
  async set(room: string, user: User, { typing, ttlMs }: { typing: boolean; ttlMs: number }): Promise<void> {
    const key = keyOf(room, user)
    clearTimeout(this.#expiryTimers.get(key))
    this.#expiryTimers.set(
      key,
      setTimeout(() => void this.#expire(room, user), ttlMs),
    )
    try {
      await this.deps.localPresence.enter(room, user, PLACEHOLDER_CONNECTION, 'online')
    } catch (error) {
      void this.#expire(room, user)
      throw error
    }
    if (typing) this.#setTyping(room, user, true)
    else this.stopTyping(room, user)
  }

  /**
   * Ends the presence on all nodes; connections of the user are not affected. Resolves when all nodes have confirmed,
   * or after a timeout.
   */
  async clear(room: string, user: User): Promise<void> {
    await Promise.all([this.#expire(room, user), this.#clusterBus.request('left', { room, user })])
  }

  /** Whether the user is typing, over a connection or REST, according to the nodes that answer in time. */
  async isTyping(room: string, user: User): Promise<boolean> {
    if (this.deps.typing.isTyping(room, user.id)) return true
    return (await this.#clusterBus.request('typing', { room, user })).includes(true)
  }

  /** Clears the typing state of the user on all nodes. */
  stopTyping(room: string, user: User): void {
    this.#setTyping(room, user, false)
    this.#clusterBus.publish('quiet', { room, user })
  }

  close(): void {
    for (const timer of this.#expiryTimers.values()) clearTimeout(timer)
    this.#expiryTimers.clear()
  }

  #setTyping(room: string, user: User, typing: boolean): void {
    this.deps.typing.set(room, { id: `${PLACEHOLDER_CONNECTION} ${user.id}`, user }, typing)
  }

  async #expire(room: string, user: User): Promise<void> {
    const key = keyOf(room, user)
    clearTimeout(this.#expiryTimers.get(key))
    this.#expiryTimers.delete(key)
    this.#setTyping(room, user, false)
    await this.deps.localPresence.leave(room, user, PLACEHOLDER_CONNECTION)
  }
}

const keyOf = (room: string, { id }: User): string => `${room} ${id}`
