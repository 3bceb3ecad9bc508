import type { Entry } from '../../protocol/entry.ts'
import type { Member } from '../../protocol/people.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'

/** Bounds memory, since a terminal may stay open for weeks. Older entries are read from the log again on demand. */
const KEPT_ENTRIES = 2_000

/** A joined room. */
export class OpenRoom {
  readonly timeline = new Timeline()
  members: Member[] | undefined
  online = 0
  typing: string[] = []
  typingCount = 0
  /** Number of other users' messages that were not shown. */
  unread = 0
  /** The highest seq that was shown or need not be shown. */
  shown = 0
  /** The first page has been received. */
  ready = false
  #entries: Entry[] = []

  constructor(readonly name: string) {}

  add(entries: readonly Entry[]): void {
    this.timeline.add(entries)
    this.#entries.push(...entries)
    if (this.#entries.length <= 2 * KEPT_ENTRIES) return
    this.#entries = this.#entries.slice(-KEPT_ENTRIES)
    this.timeline.clear()
    this.timeline.add(this.#entries)
  }

  /** The log was reset. */
  clear(): void {
    this.timeline.clear()
    this.#entries = []
    this.shown = 0
    this.unread = 0
  }

  /** The newest message that is not deleted, optionally of one user. */
  newest(by?: string): Message | undefined {
    return this.timeline.messages.findLast((message) => !message.deleted && (by === undefined || message.by.id === by))
  }
}
