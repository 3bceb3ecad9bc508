import type { RoomSummary } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'

export interface RoomListEvents {
  /**
   * Changes in the list of rooms, after it was requested with `order` or `query`. `stale`: no more changes will be sent
   * on this connection; request the list again.
   */
  rooms: { changed: RoomSummary[]; removed: string[]; stale?: true }
}

/**
 * The rooms that were listed on this connection. A pushed summary of a public room has no read position, since nodes
 * send the same one to all clients: `read` is carried over from the last summary that had it, and `unread` grows with
 * the number of messages. A room that was not listed counts as unread.
 */
export class RoomList {
  readonly #rooms = new Map<string, RoomSummary>()

  constructor(private readonly emit: (change: RoomListEvents['rooms']) => void) {}

  /** Adds a page of the list. */
  add(rooms: readonly RoomSummary[]): void {
    for (const summary of rooms) this.#rooms.set(summary.room, summary)
  }

  /** Applies a `rooms` event and emits it with `read` and `unread` filled in. */
  apply({ changed, removed, stale }: Payload<'rooms'>): void {
    const complete = changed.map((change) => {
      const { messages = 0, epoch } = change
      const { read, unread = messages } = change
      if (read !== undefined) return { ...change, read, unread }
      const known = this.#rooms.get(change.room)
      if (!known || known.epoch !== epoch) return { ...change, read: 0, unread: messages }
      return { ...change, read: known.read, unread: known.unread + messages - (known.messages ?? 0) }
    })
    this.add(complete)
    for (const room of removed) this.#rooms.delete(room)
    this.emit({ changed: complete, removed, ...(stale && { stale }) })
  }

  onDisconnected(): void {
    this.#rooms.clear()
  }
}
