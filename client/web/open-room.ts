import { computed, signal } from '@preact/signals'
import type { Entry } from '../../protocol/entry.ts'
import type { Member } from '../../protocol/people.ts'
import type { ChatClient } from '../sdk/client.ts'
import type { Letter } from '../sdk/letter.ts'
import { type Message, Timeline } from '../sdk/timeline.ts'
import type { TypingPeople } from '../sdk/typing.ts'
import { me, mention } from './state.ts'

/** So many messages are drawn at least; at most twice as many, unless scrolling back asked for more. */
const DRAWN = 150
const RECEIPT_EVERY_MS = 1_000

/** One room that we are in: what is known of it, and what is being written in it. */
export class OpenRoom {
  readonly messages = signal<readonly Message[]>([])
  readonly members = signal<readonly Member[]>([])
  readonly online = signal(0)
  readonly typing = signal<TypingPeople>({ users: [], count: 0 })
  /** The last seq that each person has read. */
  readonly receipts = signal<ReadonlyMap<string, number>>(new Map())
  readonly letters = signal<readonly Letter[]>([])
  /** The last seq that we have read, once that is known. */
  readonly read = signal<number>()
  readonly loading = signal(false)
  readonly ready = signal(false)

  readonly draft = signal('')
  readonly replying = signal<Message>()
  readonly editing = signal<Message>()

  /** The seq where drawing begins. */
  readonly #from = signal(0)
  /** There is nothing older on the node. */
  readonly #complete = signal(false)
  readonly #timeline = new Timeline()
  #receiptTimer?: ReturnType<typeof setTimeout>

  readonly drawn = computed(() => this.messages.value.filter(({ seq }) => seq >= this.#from.value))
  readonly hasOlder = computed(() => !this.#complete.value || this.drawn.value.length < this.messages.value.length)
  readonly unread = computed(() => {
    const read = this.read.value ?? Number.POSITIVE_INFINITY
    return this.messages.value.filter(({ seq, by }) => seq > read && by.id !== me.value?.id).length
  })
  /** Those of the letters that the log does not show yet: messages, and whatever a person must decide about. */
  readonly unsaid = computed(() => {
    const said = new Set(this.drawn.value.map(({ clientId }) => clientId))
    const shown = ({ command, doubtful }: Letter) => doubtful || command === 'message:send'
    return this.letters.value.filter((letter) => shown(letter) && !said.has(letter.input.clientId))
  })

  constructor(
    readonly name: string,
    private readonly client: ChatClient,
  ) {}

  add(entries: readonly Entry[]): void {
    mention(entries.map(({ by }) => by))
    this.#timeline.add(entries)
    if ((this.#timeline.oldest ?? 0) <= 1) this.#complete.value = true
    this.messages.value = this.#timeline.messages
  }

  reset(): void {
    this.#timeline.clear()
    this.#complete.value = false
    this.read.value = undefined
    this.receipts.value = new Map()
    this.messages.value = []
    // Numbers begin anew with the log: these would mean other messages.
    this.replying.value = undefined
    this.editing.value = undefined
  }

  find(seq: number): Message | undefined {
    return this.#timeline.find(seq)
  }

  /** Draws more of what is here, or asks the node for it. */
  async older(): Promise<void> {
    if (this.loading.value || !this.hasOlder.value) return
    const hidden = this.messages.value.length - this.drawn.value.length
    if (hidden > 0) {
      this.#from.value = this.messages.value[Math.max(0, hidden - DRAWN)]?.seq ?? 0
      return
    }
    this.loading.value = true
    try {
      const page = await this.client.history(this.name, { before: this.#timeline.oldest })
      this.#from.value = 0
      this.#complete.value = !page.more
      this.add(page.entries)
    } catch {
      // Scrolling asks again.
    } finally {
      this.loading.value = false
    }
  }

  /** Somebody is looking at the newest messages. */
  seen(): void {
    if (this.drawn.value.length > 2 * DRAWN) this.#from.value = this.messages.value.at(-DRAWN)?.seq ?? 0
    const newest = this.messages.value.at(-1)?.seq ?? 0
    if (newest <= (this.read.value ?? 0)) return
    this.read.value = newest
    this.#receiptTimer ??= setTimeout(() => {
      this.#receiptTimer = undefined
      if (this.read.value) this.client.receipt(this.name, this.read.value).catch(() => {})
    }, RECEIPT_EVERY_MS)
  }
}
