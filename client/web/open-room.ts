import { batch, computed, signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import { HISTORY_MAX_MESSAGES } from '../../protocol/limits.ts'
import type { Member } from '../../protocol/people.ts'
import type { ChatClient } from '../sdk/client.ts'
import type { ChatFault } from '../sdk/fault.ts'
import type { PendingCommand } from '../sdk/pending-command.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'
import type { TypingUsers } from '../sdk/typing.ts'
import { Draft } from './draft.ts'
import type { FailedMessage } from './failed-messages.ts'
import { me, rememberUsers } from './users.ts'

const RECEIPT_EVERY_MS = 1_000

/** The state of one joined room: its messages, members, read position and draft. */
export class OpenRoom {
  readonly messages = signal<readonly Message[]>([])
  readonly members = signal<readonly Member[]>([])
  readonly online = signal(0)
  readonly typing = signal<TypingUsers>({ users: [], count: 0 })
  /** The last seq that each user has read, by user id. */
  readonly receipts = signal<ReadonlyMap<string, number>>(new Map())
  readonly pendingCommands = signal<readonly PendingCommand[]>([])
  readonly failedMessages = signal<readonly FailedMessage[]>([])
  /** The last seq that the signed-in user has read; undefined until the server has reported it. */
  readonly lastRead = signal<number>()
  /** The line “New messages” stands above the first message with a higher seq. */
  readonly newSince = signal<number>()
  readonly loading = signal(false)
  readonly ready = signal(false)
  /** True while the server may have older messages. */
  readonly hasOlder = signal(true)
  /** The seq of a message to scroll to and highlight; the message list resets it. */
  readonly scrollTarget = signal<number>()
  /** The number of messages sent from this page. Each increment scrolls to the end. */
  readonly sentCount = signal(0)
  readonly draft: Draft
  /** True while the newest messages are visible to the user. */
  atNewest = false

  readonly #timeline = new Timeline()
  /** Quoted messages outside the timeline, by seq; undefined while loading, or when deleted. */
  readonly #quoted = signal<ReadonlyMap<number, Message | undefined>>(new Map())
  #loadingOlder?: Promise<boolean>
  #receiptTimer?: ReturnType<typeof setTimeout>

  readonly unread = computed(() => this.#unreadAfter(this.lastRead.value ?? Number.POSITIVE_INFINITY))
  /** Pending sends that have no entry yet, and every command that needs a decision of the user. */
  readonly pendingMessages = computed(() => {
    if (this.pendingCommands.value.length === 0) return []
    const logged = new Set(this.messages.value.map(({ clientId }) => clientId))
    const shown = ({ command, doubtful }: PendingCommand) => doubtful || command === 'message:send'
    return this.pendingCommands.value.filter(
      (pendingCommand) => shown(pendingCommand) && !logged.has(pendingCommand.input.clientId),
    )
  })
  /** Pending edits, deletions and reactions, by the seq of their message. */
  readonly pendingChanges = computed(() => {
    const about = new Map<number, PendingCommand[]>()
    for (const pendingCommand of this.pendingCommands.value)
      if (pendingCommand.command !== 'message:send' && !pendingCommand.doubtful)
        about.set(pendingCommand.input.seq, [...(about.get(pendingCommand.input.seq) ?? []), pendingCommand])
    return about
  })

  constructor(
    readonly name: string,
    private readonly client: ChatClient,
  ) {
    this.draft = new Draft(`${me.value?.id}:${name}`)
  }

  add(entries: readonly Entry[]): void {
    rememberUsers(entries.map(({ by }) => by))
    const before = this.unread.value
    this.#timeline.add(entries)
    batch(() => {
      if ((this.#timeline.oldest ?? 0) <= 1) this.hasOlder.value = false
      this.messages.value = this.#timeline.messages
      if (!this.atNewest && before === 0 && this.unread.value > 0)
        this.newSince.value = this.lastRead.value || undefined
    })
  }

  /** Adds an acknowledged entry ahead of its event. Older ones are skipped, since they could hide a gap between loaded pages. */
  addAcknowledged(entry: Entry): void {
    if (entry.seq > (this.#timeline.newest ?? 0)) this.add([entry])
  }

  reset(): void {
    this.#timeline.clear()
    batch(() => {
      this.hasOlder.value = true
      this.lastRead.value = undefined
      this.newSince.value = undefined
      this.receipts.value = new Map()
      this.#quoted.value = new Map()
      this.messages.value = []
      // The log was reset: an old seq would now refer to another message.
      this.draft.cancel()
    })
  }

  find(seq: number): Message | undefined {
    return this.#timeline.find(seq)
  }

  /** The message that a reply refers to. One that is not loaded is fetched, and the signal updates when it arrives. */
  quotedMessage(seq: number): Message | undefined {
    const loaded = this.find(seq)
    if (!loaded && !this.#quoted.value.has(seq)) void this.#fetchQuoted(seq)
    return loaded ?? this.#quoted.value.get(seq)
  }

  /** Loads the next page of older messages. Resolves to false if the request failed. */
  loadOlder(): Promise<boolean> {
    if (!this.hasOlder.value) return Promise.resolve(true)
    this.#loadingOlder ??= this.#fetchOlder().finally(() => {
      this.#loadingOlder = undefined
    })
    return this.#loadingOlder
  }

  /** Loads pages until the message is found, then scrolls to it. Resolves to false if it was removed or a request failed. */
  async scrollToMessage(seq: number): Promise<boolean> {
    while (!this.find(seq) && this.hasOlder.value && (this.#timeline.oldest ?? 0) > seq)
      if (!(await this.loadOlder())) return false
    if (!this.find(seq)) return false
    this.scrollTarget.value = seq
    return true
  }

  /** Applies a read position from the server: another window, another device or an earlier visit. */
  markRead(seq: number): void {
    batch(() => {
      const first = this.lastRead.value === undefined
      this.lastRead.value = Math.max(this.lastRead.value ?? 0, seq)
      // In a room that was never read, every message would be marked as new.
      if (first && seq > 0 && this.#unreadAfter(seq) > 0) this.newSince.value = seq
    })
  }

  /** Marks every message as read, and schedules a receipt. */
  markNewestRead(): void {
    const newest = this.messages.value.at(-1)?.seq ?? 0
    if (this.lastRead.value === undefined || newest <= this.lastRead.value) return
    this.lastRead.value = newest
    this.#receiptTimer ??= setTimeout(() => this.sendReceipt(), RECEIPT_EVERY_MS)
  }

  /** Sends a scheduled receipt now, for instance before the page closes. */
  sendReceipt(): void {
    if (this.#receiptTimer === undefined) return
    clearTimeout(this.#receiptTimer)
    this.#receiptTimer = undefined
    if (this.lastRead.value) this.client.receipt(this.name, this.lastRead.value).catch(() => {})
  }

  /** Called when the room is no longer visible: removes the line “New messages” if everything is read. */
  onHidden(): void {
    this.atNewest = false
    this.sendReceipt()
    if (this.unread.value === 0) this.newSince.value = undefined
  }

  addFailed(pendingCommand: FailedMessage['pendingCommand'], fault: ChatFault): void {
    this.failedMessages.value = [...this.failedMessages.value, { pendingCommand, fault }]
  }

  dismissFailed(one: FailedMessage): void {
    this.failedMessages.value = this.failedMessages.value.filter((other) => other !== one)
  }

  async #fetchOlder(): Promise<boolean> {
    this.loading.value = true
    try {
      const page = await this.client.history(this.name, { before: this.#timeline.oldest, limit: HISTORY_MAX_MESSAGES })
      batch(() => {
        this.loading.value = false
        this.hasOlder.value = page.more
        this.add(page.entries)
      })
      return true
    } catch {
      // Scrolling or the button “Older messages” retries.
      return false
    } finally {
      this.loading.value = false
    }
  }

  async #fetchQuoted(seq: number): Promise<void> {
    const store = (message?: Message) => {
      this.#quoted.value = new Map([...this.#quoted.peek(), [seq, message]])
    }
    // Signals must not change during a render.
    await Promise.resolve()
    store()
    const page = await this.client.history(this.name, { before: seq + 1, limit: 1 }).catch(() => undefined)
    const timeline = new Timeline()
    timeline.add(page?.entries ?? [])
    store(timeline.find(seq))
  }

  #unreadAfter(read: number): number {
    return this.messages.value.filter(({ seq, by }) => seq > read && by.id !== me.value?.id).length
  }
}
