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
import { me, mention } from './users.ts'

const RECEIPT_EVERY_MS = 1_000

/** One room that we are in: what is known of it, and what is being written in it. */
export class OpenRoom {
  readonly messages = signal<readonly Message[]>([])
  readonly members = signal<readonly Member[]>([])
  readonly online = signal(0)
  readonly typing = signal<TypingUsers>({ users: [], count: 0 })
  /** The last seq that each person has read. */
  readonly receipts = signal<ReadonlyMap<string, number>>(new Map())
  readonly letters = signal<readonly PendingCommand[]>([])
  readonly refused = signal<readonly FailedMessage[]>([])
  /** The last seq that we have read, once that is known. */
  readonly read = signal<number>()
  /** What came after this seq is new to whoever looks. */
  readonly newSince = signal<number>()
  readonly loading = signal(false)
  readonly ready = signal(false)
  /** There may be older messages on the node. */
  readonly hasOlder = signal(true)
  /** A message that is to be brought into sight, and lit up. */
  readonly goal = signal<number>()
  /** Counts what was said here from this page, which its author wants to see. */
  readonly said = signal(0)
  readonly writing: Draft
  /** Somebody looks at the newest messages, as they come. */
  watched = false

  readonly #timeline = new Timeline()
  /** Single messages that others answer, by seq; undefined while they are asked for, and when they are gone. */
  readonly #answered = signal<ReadonlyMap<number, Message | undefined>>(new Map())
  #older?: Promise<boolean>
  #receiptTimer?: ReturnType<typeof setTimeout>

  readonly unread = computed(() => this.#unreadAfter(this.read.value ?? Number.POSITIVE_INFINITY))
  /** Those of the letters that the log does not show yet: messages, and whatever a person must decide about. */
  readonly unsaid = computed(() => {
    if (this.letters.value.length === 0) return []
    const said = new Set(this.messages.value.map(({ clientId }) => clientId))
    const shown = ({ command, doubtful }: PendingCommand) => doubtful || command === 'message:send'
    return this.letters.value.filter(
      (pendingCommand) => shown(pendingCommand) && !said.has(pendingCommand.input.clientId),
    )
  })
  /** What waits to be said about a message, by its seq. */
  readonly changing = computed(() => {
    const about = new Map<number, PendingCommand[]>()
    for (const letter of this.letters.value)
      if (letter.command !== 'message:send' && !letter.doubtful)
        about.set(letter.input.seq, [...(about.get(letter.input.seq) ?? []), letter])
    return about
  })

  constructor(
    readonly name: string,
    private readonly client: ChatClient,
  ) {
    this.writing = new Draft(`${me.value?.id}:${name}`)
  }

  add(entries: readonly Entry[]): void {
    mention(entries.map(({ by }) => by))
    const before = this.unread.value
    this.#timeline.add(entries)
    batch(() => {
      if ((this.#timeline.oldest ?? 0) <= 1) this.hasOlder.value = false
      this.messages.value = this.#timeline.messages
      if (!this.watched && before === 0 && this.unread.value > 0) this.newSince.value = this.read.value || undefined
    })
  }

  /** What we said, as a node wrote it down. Only what is newer than all that is here: between old pages it would hide a gap. */
  acknowledged(entry: Entry): void {
    if (entry.seq > (this.#timeline.newest ?? 0)) this.add([entry])
  }

  reset(): void {
    this.#timeline.clear()
    batch(() => {
      this.hasOlder.value = true
      this.read.value = undefined
      this.newSince.value = undefined
      this.receipts.value = new Map()
      this.#answered.value = new Map()
      this.messages.value = []
      // Numbers begin anew with the log: these would mean other messages.
      this.writing.stop()
    })
  }

  find(seq: number): Message | undefined {
    return this.#timeline.find(seq)
  }

  /** A message that another one answers; one that lies too far back is asked for, and drawn when it comes. */
  answered(seq: number): Message | undefined {
    const here = this.find(seq)
    if (!here && !this.#answered.value.has(seq)) void this.#readAnswered(seq)
    return here ?? this.#answered.value.get(seq)
  }

  /** Asks the node for older messages; whether it answered. */
  older(): Promise<boolean> {
    if (!this.hasOlder.value) return Promise.resolve(true)
    this.#older ??= this.#readOlder().finally(() => {
      this.#older = undefined
    })
    return this.#older
  }

  /** Brings a message into sight, however far back; false when it is not there any more, or cannot be asked for. */
  async goTo(seq: number): Promise<boolean> {
    while (!this.find(seq) && this.hasOlder.value && (this.#timeline.oldest ?? 0) > seq)
      if (!(await this.older())) return false
    if (!this.find(seq)) return false
    this.goal.value = seq
    return true
  }

  /** Read elsewhere, or on an earlier visit. */
  readUpTo(seq: number): void {
    batch(() => {
      const first = this.read.value === undefined
      this.read.value = Math.max(this.read.value ?? 0, seq)
      // Of a room that was never read, everything would be new.
      if (first && seq > 0 && this.#unreadAfter(seq) > 0) this.newSince.value = seq
    })
  }

  /** Somebody is looking at the newest messages. */
  seen(): void {
    const newest = this.messages.value.at(-1)?.seq ?? 0
    if (this.read.value === undefined || newest <= this.read.value) return
    this.read.value = newest
    this.#receiptTimer ??= setTimeout(() => this.tellRead(), RECEIPT_EVERY_MS)
  }

  /** Tells the node what was read and not told yet: at once, for whoever is about to go. */
  tellRead(): void {
    if (this.#receiptTimer === undefined) return
    clearTimeout(this.#receiptTimer)
    this.#receiptTimer = undefined
    if (this.read.value) this.client.receipt(this.name, this.read.value).catch(() => {})
  }

  /** Nobody looks any more: what was read by now is not new the next time. */
  leaveSight(): void {
    this.watched = false
    this.tellRead()
    if (this.unread.value === 0) this.newSince.value = undefined
  }

  refuse(letter: FailedMessage['letter'], fault: ChatFault): void {
    this.refused.value = [...this.refused.value, { letter, fault }]
  }

  forgive(one: FailedMessage): void {
    this.refused.value = this.refused.value.filter((other) => other !== one)
  }

  async #readOlder(): Promise<boolean> {
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
      // Scrolling, or the button there, asks again.
      return false
    } finally {
      this.loading.value = false
    }
  }

  async #readAnswered(seq: number): Promise<void> {
    const note = (message?: Message) => {
      this.#answered.value = new Map([...this.#answered.peek(), [seq, message]])
    }
    // Not while something is being drawn.
    await Promise.resolve()
    note()
    const page = await this.client.history(this.name, { before: seq + 1, limit: 1 }).catch(() => undefined)
    const alone = new Timeline()
    alone.add(page?.entries ?? [])
    note(alone.find(seq))
  }

  #unreadAfter(read: number): number {
    return this.messages.value.filter(({ seq, by }) => seq > read && by.id !== me.value?.id).length
  }
}
