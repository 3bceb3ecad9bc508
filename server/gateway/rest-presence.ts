import type { Status, User } from '../../protocol/people.ts'
import type { Store } from '../domain/ports.ts'
import { ClusterBus } from './cluster-bus.ts'
import type { Io } from './socket.ts'
import type { Typing } from './typing.ts'

interface Deps {
  io: Io
  store: Pick<Store, 'now' | 'unavailableReason'>
  attendance: {
    enter(room: string, user: User, connection: string, status: Status): Promise<void>
    leave(room: string, user: User, connection: string): Promise<void>
  }
  typing: Typing
}

/** Stands for a connection where each of a person's has a name. */
const NONE = 'without'

/**
 * People who are in a room without a connection: each call through a door that keeps none, such as REST, may come to
 * another node. What is said of them holds for a while, by the lease of each node that was told; that they left is told
 * to all nodes at once.
 */
export class RestPresence {
  readonly #expiryTimers = new Map<string, NodeJS.Timeout>()
  readonly #clusterBus: ClusterBus<'left' | 'quiet' | 'typing'>

  constructor(private readonly deps: Deps) {
    this.#clusterBus = new ClusterBus(deps, {
      left: async ({ room, user }) => {
        await this.#end(room, user)
        return true
      },
      quiet: async ({ room, user }) => {
        this.#type(room, user, false)
        return true
      },
      typing: async ({ room, user }) => deps.typing.isTyping(room, user.id),
    })
  }

  /** They are here for `ttlMs` from now. Resolves when the roster knows. */
  async set(room: string, user: User, { typing, ttlMs }: { typing: boolean; ttlMs: number }): Promise<void> {
    const key = keyOf(room, user)
    clearTimeout(this.#expiryTimers.get(key))
    this.#expiryTimers.set(
      key,
      setTimeout(() => void this.#end(room, user), ttlMs),
    )
    try {
      await this.deps.attendance.enter(room, user, NONE, 'online')
    } catch (error) {
      void this.#end(room, user)
      throw error
    }
    if (typing) this.#type(room, user, true)
    else this.stopTyping(room, user)
  }

  /** Resolves when the nodes have taken back what they said of them, or do not answer. Their connections stay as they are. */
  async clear(room: string, user: User): Promise<void> {
    await Promise.all([this.#end(room, user), this.#clusterBus.request('left', { room, user })])
  }

  /** Whether they are typing, by any door, as far as the nodes answer. */
  async isTyping(room: string, user: User): Promise<boolean> {
    if (this.deps.typing.isTyping(room, user.id)) return true
    return (await this.#clusterBus.request('typing', { room, user })).includes(true)
  }

  /** They no longer type in the room, on any node. */
  stopTyping(room: string, user: User): void {
    this.#type(room, user, false)
    this.#clusterBus.publish('quiet', { room, user })
  }

  close(): void {
    for (const timer of this.#expiryTimers.values()) clearTimeout(timer)
    this.#expiryTimers.clear()
  }

  #type(room: string, user: User, typing: boolean): void {
    this.deps.typing.set(room, { id: `${NONE} ${user.id}`, user }, typing)
  }

  async #end(room: string, user: User): Promise<void> {
    const key = keyOf(room, user)
    clearTimeout(this.#expiryTimers.get(key))
    this.#expiryTimers.delete(key)
    this.#type(room, user, false)
    await this.deps.attendance.leave(room, user, NONE)
  }
}

const keyOf = (room: string, { id }: User): string => `${room} ${id}`
