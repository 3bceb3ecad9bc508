import type { User } from '../../protocol/people.ts'
import type { AppendQueue, OverloadedError } from './append-queue.ts'
import { confirmAppend } from './confirm.ts'
import type { Journal, Way } from './journal.ts'
import type { Limits } from './limits.ts'
import type { Appended, Draft, Store } from './ports.ts'
import { retry } from './retry.ts'

export interface PostDeps {
  store: Pick<Store, 'log'>
  queue: AppendQueue
  limits: Limits
  journal: Pick<Journal, 'appended' | 'record'>
  metrics: {
    /** Starts a clock; the function that it returns stops it, and returns seconds. */
    append(): () => number
    accepted(): void
  }
  /** Called with each message that was stored or found by a retry: the author no longer types, the other one of a direct room is notified. */
  onMessage(room: string, author: User, source: PostSource): void
}

/** Where an append comes from. */
export interface PostSource {
  way: Way
  /** The connection that sent it; undefined for doors that keep none. */
  connection?: { readonly id: string; readonly user: User }
}

export interface PostOptions extends PostSource {
  /** Takes one from the budgets of the author and this address. The gateway does so itself, before it parses a command. */
  address?: string
  /** Whose hourly budget a new room counts in: a user, or the address of an author without a token. */
  creator: string
  /** Whether nothing was ever appended to the room. Called once for each room on a node. */
  isNewRoom(): boolean | Promise<boolean>
  /**
   * Repeats an append whose outcome is unknown, as confirm.ts does, so that the caller is not told of a failure when the
   * entry is stored. The draft needs a clientId.
   */
  confirm?: boolean
}

export interface PostUntilAbortedOptions {
  way: Way
  /** The text in pieces that a message can hold, with the clientIds under which they are stored. */
  parts: readonly { text: string; clientId: string }[]
  signal: AbortSignal
}

/** Appends on behalf of every door: by the same limits, through the same queue, measured and recorded alike. */
export class MessagePoster {
  constructor(private readonly deps: PostDeps) {}

  /** The fault that an append would be refused with at present, before anything else is asked of the store. */
  overloaded(): OverloadedError | undefined {
    return this.deps.queue.overloadError()
  }

  /**
   * Appends one entry. Rejects with a fault: `rate_limited` and `unavailable` with `retryInMs`, and those of
   * RoomLog.append. `created` is true unless this was a retry.
   */
  async post(room: string, draft: Draft, options: PostOptions): Promise<Appended> {
    const { limits, journal, onMessage } = this.deps
    const { way, address, creator, isNewRoom, confirm } = options
    if (address !== undefined) limits.takeAppend(draft.by.id, address)
    limits.takeRoomAppend(room)
    await limits.takeRoomCreation(creator, room, isNewRoom)
    const once = () => this.#append(room, draft, (append) => this.deps.queue.run(append))
    const appended = await (confirm ? confirmAppend(once) : once())
    if (draft.kind !== 'message') return appended
    if (appended.created) {
      journal.record({ kind: 'message', way, user: draft.by.id, bytes: Buffer.byteLength(draft.text) })
    }
    onMessage(room, draft.by, options)
    return appended
  }

  /**
   * Appends the parts of one text in their order, for a client that knows no faults: waits where others are refused, and
   * offers again what the store could not take, under the same clientId. Rejects once `signal` is aborted, with some of
   * the parts possibly stored.
   */
  async postUntilAborted(
    room: string,
    by: User,
    text: string,
    { parts, way, signal }: PostUntilAbortedOptions,
  ): Promise<void> {
    const { limits, queue, journal } = this.deps
    for (const part of parts) {
      const draft = { kind: 'message', by, ...part } as const
      await limits.waitForRoomAppend(room, signal)
      // Its clientId is this node's own: an entry found by a retry is of an append whose answer was lost, and uncounted.
      await retry(signal, () => this.#append(room, draft, (append) => queue.runUntilAborted(signal, append)))
    }
    journal.record({ kind: 'message', way, user: by.id, bytes: Buffer.byteLength(text) })
  }

  async #append(room: string, draft: Draft, run: (append: () => Promise<Appended>) => Promise<Appended>) {
    const { store, metrics, journal } = this.deps
    const stop = metrics.append()
    const appended = await run(() => store.log.append(room, draft))
    journal.appended(stop())
    if (appended.created) metrics.accepted()
    return appended
  }
}
