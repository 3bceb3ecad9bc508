import type { Member } from '../../../protocol/people.ts'
import { ChatClient, type ChatEvents, type ChatOptions } from '../../sdk/client.ts'
import { Timeline } from '../../sdk/timeline.ts'
import { connect } from '../sign-in.ts'

/** Timeout for each expected effect. */
const TIMEOUT_MS = 8_000
const EVENTS = ['state', 'entries', 'members', 'typing', 'receipts', 'direct:news', 'waiting'] as const

/** A client of the demo, and the state that it has received. */
export class DemoClient {
  readonly chat: ChatClient
  typing: string[] = []
  readonly reads = new Map<string, number>()
  readonly #url: string
  readonly #timelines = new Map<string, Timeline>()
  readonly #members = new Map<string, Member[]>()

  constructor(
    readonly name: string,
    options: ChatOptions & { url: string },
  ) {
    this.#url = options.url
    this.chat = new ChatClient({ ...options, name })
    this.chat.on('entries', ({ room, entries }) => this.timeline(room).add(entries))
    this.chat.on('members', ({ room, members }) => this.#members.set(room, members))
    this.chat.on('typing', ({ users }) => {
      this.typing = users.map(({ id }) => id)
    })
    this.chat.on('receipts', ({ receipts }) => {
      for (const { user, seq } of receipts) this.reads.set(user, seq)
    })
  }

  get id(): string {
    return this.chat.user?.id ?? ''
  }

  get connection(): string {
    const { node, transport } = this.chat.state
    return `${this.name} on ${node} over ${transport}`
  }

  connect(timeoutMs: number): Promise<void> {
    return connect(this.chat, { url: this.#url, timeoutMs })
  }

  members(room: string): Member[] {
    return this.#members.get(room) ?? []
  }

  timeline(room: string): Timeline {
    const timeline = this.#timelines.get(room) ?? new Timeline()
    this.#timelines.set(room, timeline)
    return timeline
  }

  /** Resolves when `condition` returns true, checked on every event. Rejects after the timeout. */
  async waitFor(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return
    let timer: NodeJS.Timeout | undefined
    let off: (() => void)[] = []
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${this.name} did not see ${what}`)), TIMEOUT_MS)
        const check = () => condition() && resolve()
        off = EVENTS.map((event: keyof ChatEvents) => this.chat.on(event, check))
      })
    } finally {
      clearTimeout(timer)
      for (const each of off) each()
    }
  }
}
