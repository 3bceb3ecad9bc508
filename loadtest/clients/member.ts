import { BACKOFF_BASE_MS, jitter } from '../../client/sdk/backoff.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer } from '../../protocol/faults.ts'
import { LeanClient } from './lean-client.ts'

export interface MemberOptions {
  url: string
  localAddress?: string
  name: string
  room: string
  entries(payload: Payload<'entries'>): void
}

/** Like a stock client, it gives up a connection attempt after this time and retries. */
const TIMEOUT_MS = 20_000

const WANTS: ReadonlySet<EventName> = new Set(['session', 'room:stale', 'entries'])

/** A guest in one room that reconnects with full jitter after losing its connection. */
export class Member {
  /** Joined, with its stream running. */
  live = false
  /** Node of the last session. */
  node = ''
  /** Number of lost connections. */
  losses = 0
  #client: LeanClient | undefined
  #token: string | undefined
  #after: { after: number; epoch: string } | undefined
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  #closed = false

  constructor(private readonly options: MemberOptions) {}

  connect(): void {
    const { url, localAddress, name, entries } = this.options
    this.#patience = setTimeout(() => this.#client?.close(), TIMEOUT_MS)
    this.#client = new LeanClient({
      url,
      localAddress,
      wants: WANTS,
      auth: () => (this.#token === undefined ? { name } : { token: this.#token }),
      event: (event, payload) => {
        if (event === 'session') void this.#join(payload as Payload<'session'>)
        if (event === 'room:stale') void this.#enter()
        if (event === 'entries') {
          const batch = payload as Payload<'entries'>
          this.#after = { after: batch.entries.at(-1)!.seq, epoch: batch.epoch }
          entries(batch)
        }
      },
      closed: () => this.#lost(),
    })
  }

  send(text: string, clientId: string): Promise<Answer<unknown>> | undefined {
    return this.live ? this.#client?.request('message:send', { room: this.options.room, text, clientId }) : undefined
  }

  stop(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#patience)
    this.#client?.close()
  }

  async #join({ node, token }: Payload<'session'>): Promise<void> {
    this.node = node
    this.#token = token ?? this.#token
    await this.#enter()
  }

  async #enter(): Promise<void> {
    const answer = await this.#client!.request('room:join', { room: this.options.room, ...this.#after })
    if (!answer.ok) {
      this.#timer = setTimeout(() => void this.#enter(), answer.fault.retryInMs ?? BACKOFF_BASE_MS)
      return
    }
    const { head, epoch } = answer.value as { head: number; epoch: string }
    this.#after = { after: head, epoch }
    this.live = true
    this.#failures = 0
    clearTimeout(this.#patience)
  }

  #lost(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#patience)
    if (this.live) this.losses++
    this.live = false
    if (!this.#closed) this.#timer = setTimeout(() => this.connect(), jitter(this.#failures++))
  }
}
