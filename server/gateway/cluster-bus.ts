import { BUS_TTL_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'
import type { Store } from '../domain/ports.ts'
import { serverSideEmit } from './engine/server-side-emit.ts'
import type { Io } from './socket.ts'

/** A notification or request to the other nodes about a user in a room. */
export interface ClusterMessage {
  room: string
  user: User
}
type MessageHandler = (clusterMessage: ClusterMessage) => Promise<boolean>
type Answer = (answer: boolean) => void

/** A suspended node may never answer. */
const REQUEST_TIMEOUT_MS = 500

/**
 * Messages between nodes that are not stored in a log. Receivers ignore those older than BUS_TTL_MS, and none are sent
 * while the store is unavailable.
 */
export class ClusterBus<Name extends string> {
  constructor(
    private readonly deps: { io: Io; store: Pick<Store, 'now' | 'unavailableReason'> },
    handlers: Record<Name, MessageHandler>,
  ) {
    const { io, store } = deps
    for (const [name, handle] of Object.entries<MessageHandler>(handlers)) {
      const onMessage = async (at: number, message: ClusterMessage, answer: Answer = () => {}) => {
        if (store.now() - at <= BUS_TTL_MS) answer(await handle(message).catch(() => false))
      }
      io.on(channel(name) as 'connection', onMessage as never)
    }
  }

  publish(name: Name, message: ClusterMessage): void {
    void this.#emit(name, message)
  }

  /**
   * Resolves with the answers of all other nodes, or with an empty array when one does not answer within
   * REQUEST_TIMEOUT_MS.
   */
  request(name: Name, message: ClusterMessage): Promise<boolean[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), REQUEST_TIMEOUT_MS)
      const onAnswers = (_: Error | null, answers: boolean[] = []) => {
        clearTimeout(timer)
        resolve(answers)
      }
      void this.#emit(name, message, onAnswers).then((sent) => sent || onAnswers(null))
    })
  }

  /** Resolves with whether the message was sent. */
  async #emit(name: Name, message: ClusterMessage, ...onAnswers: unknown[]): Promise<boolean> {
    const { io, store } = this.deps
    if (store.unavailableReason() !== undefined) return false
    try {
      await serverSideEmit(io, [channel(name), store.now(), message, ...onAnswers])
      return true
    } catch {
      return false
    }
  }
}

/** The name is part of the protocol between nodes. */
const channel = (name: string): string => `word:${name}`
