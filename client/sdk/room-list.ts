import type { RoomSummary } from '../../protocol/commands.ts'
import type { Payload } from '../../protocol/events.ts'

export interface RoomListEvents {
  /**
   * What changed in the list of rooms, after it was asked for with `order` or `query`. `stale`: no more of these come
   * on this connection; ask for the list again.
   */
  rooms: { changed: RoomSummary[]; removed: string[]; stale?: true }
}

/**
 * The rooms that were listed on this connection. A pushed summary of a public room says nothing of what we have read:
 * that is taken from the last one that did, and `unread` grows with the messages. Of a room that was not listed,
 * nothing counts as read.
 */
export class RoomList {
  readonly #rooms = new Map<string, RoomSummary>()

  constructor(private readonly tell: (change: RoomListEvents['rooms']) => void) {}

  /** A page of the list. */
  note(rooms: readonly RoomSummary[]): void {
    for (const summary of rooms) this.#rooms.set(summary.room, summary)
  }

  /** A `rooms` event. */
  take({ changed, removed, stale }: Payload<'rooms'>): void {
    const whole = changed.map((change) => {
      const { messages = 0, epoch } = change
      const { read, unread = messages } = change
      if (read !== undefined) return { ...change, read, unread }
      const known = this.#rooms.get(change.room)
      if (!known || known.epoch !== epoch) return { ...change, read: 0, unread: messages }
      return { ...change, read: known.read, unread: known.unread + messages - (known.messages ?? 0) }
    })
    this.note(whole)
    for (const room of removed) this.#rooms.delete(room)
    this.tell({ changed: whole, removed, ...(stale && { stale }) })
  }

  /** The connection is gone. */
  lost(): void {
    this.#rooms.clear()
  }
}
