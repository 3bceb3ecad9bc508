import type { User } from '../../protocol/people.ts'
import type { MessagePoster } from '../domain/post-message.ts'
import { partsOf } from './chunked-messages.ts'
import type { Connection } from './connection.ts'

export interface SendQueueDeps {
  poster: MessagePoster
}

/** Appends what one dialect connection sends. Its client knows no faults, so it waits where others are refused. */
export class SendQueue {
  constructor(
    private readonly parts: SendQueueDeps,
    private readonly connection: Connection,
  ) {}

  /** Resolves when the text is stored; rejects when the connection gives its messages up. */
  async send(room: string, by: User, text: string, recipients?: number): Promise<void> {
    const { way, signal } = this.connection
    await this.parts.poster.postUntilAborted(room, by, text, { parts: partsOf(text, recipients), way, signal })
  }
}
