import type { User } from '../../protocol/people.ts'
import type { MessagePoster } from '../domain/post-message.ts'
import { splitMessage } from './chunked-messages.ts'
import type { Connection } from './connection.ts'

export interface SendQueueDeps {
  poster: MessagePoster
}

/**
 * Stores the messages of one connection. Dialects have no error replies, so it waits where other clients get an error.
 */
export class SendQueue {
  constructor(
    private readonly deps: SendQueueDeps,
    private readonly connection: Connection,
  ) {}

  /** Resolves when the message is stored. Rejects when the connection discards its messages. */
  async send(room: string, by: User, text: string, recipients?: number): Promise<void> {
    const { way, signal } = this.connection
    await this.deps.poster.postUntilAborted(room, by, text, { parts: splitMessage(text, recipients), way, signal })
  }
}
