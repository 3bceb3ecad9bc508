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
    /** Starts a timer; the returned function stops it and returns the elapsed seconds. */
    append(): () => number
    accepted(): void
  }
  /**
   * Called for each message that was stored, or found as stored by a retry: ends the author's typing state, and notifies
   * the other user of a direct room.
   */
  onMessage(room: string, author: User, source: PostSource): void
}

/** Where an append comes from. */
export interface PostSource {
  way: Way
  /** The connection that sent it; undefined for requests without a connection, such as REST. */
  connection?: { readonly id: string; readonly user: User }
}

export interface PostOptions extends PostSource {
  /** If set, takes a token of the author and of this address. The gateway takes them before it parses a command. */
  address?: string
  /** The user whose hourly budget a new room counts against, or the address of an author without a token. */
  creator: string
  /** Whether the room has never had an entry. Called once per room and node. */
  isNewRoom(): boolean | Promise<boolean>
  /**
   * Retries an append whose outcome is unknown (see confirmAppend), so that the caller gets no error if the entry is
   * stored. The draft needs a clientId.
   */
  confirm?: boolean
}

export interface PostUntilAbortedOptions {
  way: Way
  /** The text in parts of at most TEXT_MAX_CHARS, each with a clientId. */
  parts: readonly { text: string; clientId: string }[]
  signal: AbortSignal
}

/** The use case "post a message" for all protocols: rate limits, queue, append, metrics, journal and notification. */
export class MessagePoster {
  constructor(private readonly deps: PostDeps) {}

  /** See AppendQueue.overloadError. */
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
   * Appends the parts of one text in order, for clients whose protocol has no errors: waits for the rate limits and the
   * queue instead of rejecting, and retries with the same clientId while the store is unavailable. Rejects if `signal` is
   * aborted; some parts may then be stored.
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
      // This node made the clientId, so an entry found by a retry is from an append whose answer was lost, and is not counted yet.
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
