import type { Entry } from '../../protocol/entry.ts'
import type { Member } from '../../protocol/people.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'

/** Older ones are forgotten here and read again from the log: a terminal may stay open for weeks. */
const KEPT_ENTRIES = 2_000

/** A room that we are in. */
export class OpenRoom {
  readonly timeline = new Timeline()
  members: Member[] | undefined
  online = 0
  typing: string[] = []
  typingCount = 0
  /** Messages of others that were not shown. */
  unread = 0
  /** The newest seq that was shown, or need not be. */
  shown = 0
  /** Its first page is here. */
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

  /** The log begins anew. */
  clear(): void {
    this.timeline.clear()
    this.#entries = []
    this.shown = 0
    this.unread = 0
  }

  /** The newest message that is still there, of anybody, or of one user. */
  newest(by?: string): Message | undefined {
    return this.timeline.messages.findLast((message) => !message.deleted && (by === undefined || message.by.id === by))
  }
}
