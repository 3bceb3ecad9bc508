import { BUS_TTL_MS } from '../../protocol/limits.ts'
import type { User } from '../../protocol/people.ts'
import type { Store } from '../domain/ports.ts'
import { serverSideEmit } from './engine/server-side-emit.ts'
import type { Io } from './socket.ts'

/** What one node tells the others about somebody in a room, or asks them. */
export interface ClusterMessage {
  room: string
  user: User
}
type MessageHandler = (clusterMessage: ClusterMessage) => Promise<boolean>
type Answer = (answer: boolean) => void

/** A node that is frozen answers late or never; nobody waits for it longer. */
const PATIENCE_MS = 500

/** Words between nodes, beside the log. They are worth something for BUS_TTL_MS, and nobody is told while the store ails. */
export class ClusterBus<Name extends string> {
  constructor(
    private readonly parts: { io: Io; store: Pick<Store, 'now' | 'unavailableReason'> },
    hears: Record<Name, MessageHandler>,
  ) {
    const { io, store } = parts
    for (const [name, hear] of Object.entries<MessageHandler>(hears)) {
      const heard = async (at: number, word: ClusterMessage, answer: Answer = () => {}) => {
        if (store.now() - at <= BUS_TTL_MS) answer(await hear(word).catch(() => false))
      }
      io.on(channel(name) as 'connection', heard as never)
    }
  }

  publish(name: Name, word: ClusterMessage): void {
    void this.#emit(name, word)
  }

  /** The answers of all other nodes; none when one of them does not answer in time. */
  request(name: Name, word: ClusterMessage): Promise<boolean[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), PATIENCE_MS)
      const answered = (_: Error | null, answers: boolean[] = []) => {
        clearTimeout(timer)
        resolve(answers)
      }
      void this.#emit(name, word, answered).then((sent) => sent || answered(null))
    })
  }

  /** Whether it was sent. */
  async #emit(name: Name, word: ClusterMessage, ...answered: unknown[]): Promise<boolean> {
    const { io, store } = this.parts
    if (store.unavailableReason() !== undefined) return false
    try {
      await serverSideEmit(io, [channel(name), store.now(), word, ...answered])
      return true
    } catch {
      return false
    }
  }
}

const channel = (name: string): string => `word:${name}`
