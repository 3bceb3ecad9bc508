import { randomBytes } from 'node:crypto'
import { PAGE_MAX_BYTES, STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { isMatch } from '../../../protocol/room.ts'
import { appendFaults, entryOf, targetOf, trimmedEntry } from '../../domain/append-rules.ts'
import { unavailable } from '../../domain/fault-error.ts'
import { UnconfirmedAppends } from '../../domain/lost-answers.ts'
import { firstPage } from '../../domain/paging.ts'
import type {
  Appended,
  Draft,
  Follower,
  Page,
  Range,
  RoomLog,
  StoreSettings,
  Subscription,
} from '../../domain/ports.ts'
import { retentionOf } from '../../domain/retention.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import type { Connection } from './connection.ts'
import { type LogSlice, type LogSource, RoomFollower } from './follower.ts'
import { type Keys, roomPrefix } from './keys.ts'
import type { Lease } from './lease.ts'
import { argumentsOf } from './named-arguments.ts'
import type { RoomIndex } from './room-index.ts'
import { APPEND_ARGUMENTS, type AppendArguments, append } from './scripts/append.ts'
import { read } from './scripts/read.ts'
import { renewEpoch } from './scripts/renew.ts'
import type { Subscriptions } from './subscriptions.ts'

const EPOCH_BYTES = 12
const EPOCHS_AT_ONCE = 128
let randomPool = Buffer.alloc(0)

/**
 * Each append passes one, for a log that does not exist yet. Random bytes are drawn for many epochs at once, which
 * costs hardly more than for one.
 */
export function newEpoch(): string {
  if (randomPool.length === 0) randomPool = randomBytes(EPOCHS_AT_ONCE * EPOCH_BYTES)
  const epoch = randomPool.toString('base64url', 0, EPOCH_BYTES)
  randomPool = randomPool.subarray(EPOCH_BYTES)
  return epoch
}

/**
 * Rooms that catch up concurrently. After its subscriptions were lost, a node rereads all of its rooms; a thousand
 * concurrent reads would time out and be retried for as long as they keep the store busy.
 */
const CATCH_UPS_MAX = 20

/**
 * Redis does not execute an append that it starts later than this after it was sent. It is shorter than
 * STORE_TIMEOUT_MS by the time that a reply may take, so that an append rejected to its sender is not stored afterwards
 * by a Redis that was suspended or overloaded.
 */
const APPEND_WITHIN_MS = STORE_TIMEOUT_MS - 200

interface RedisLogDeps {
  db: Connection
  /** Used only for appends. */
  appends: Connection
  clock: Pick<Lease, 'deadline' | 'syncClock'>
  subscriptions: Subscriptions
  keys: Keys
  index: RoomIndex
  settings: StoreSettings
  /** The prefix of `keys`. */
  prefix: string
}

export class RedisLog implements RoomLog {
  readonly #catchUps = new ConcurrencyLimit(CATCH_UPS_MAX)
  readonly #lostAnswers = new UnconfirmedAppends()

  constructor(private readonly deps: RedisLogDeps) {}

  append(room: string, draft: Draft): Promise<Appended> {
    return this.#lostAnswers.append(room, draft, () => this.#append(room, draft))
  }

  async #append(room: string, draft: Draft): Promise<Appended> {
    const { keys, settings, index, prefix } = this.deps
    const { by, clientId, kind, epoch } = draft
    const { seq: _seq, kind: _kind, room: _room, at: _at, ...fields } = entryOf(draft, { room, seq: 0, at: 0 })
    const target = targetOf(draft)
    const limits = retentionOf(room, settings)
    index.note(room)
    const [code, json, first] = (await this.#appendInTime(
      [keys.meta(room), keys.log(room), `${keys.dedupe(room)}${by.id}:${clientId ?? ''}`],
      {
        prefix: roomPrefix(prefix, room),
        room,
        kind,
        author: by.id,
        fields: JSON.stringify(fields).slice(1),
        mentioned: target,
        emoji: draft.kind === 'reaction' ? draft.emoji : undefined,
        on: draft.kind === 'reaction' && draft.on,
        newEpoch: newEpoch(),
        expectedEpoch: epoch || undefined,
        dedupeMs: clientId === undefined ? undefined : settings.dedupeMs,
        maxMessages: limits.logMaxEntries,
        maxBytes: limits.logMaxBytes,
        maxAgeMs: limits.logMaxAgeMs,
        rememberMs: settings.rememberMs,
        match: isMatch(room),
      },
    )) as [code: 'ok' | 'known' | 'trimmed' | keyof typeof appendFaults, json: string, first: number]
    if (code === 'known') return { entry: JSON.parse(json), created: false }
    if (code === 'trimmed') return { entry: trimmedEntry(draft, { room, ...JSON.parse(json) }), created: false }
    if (code !== 'ok') throw appendFaults[code](target ?? 0)
    if (first) index.add(room)
    index.changes.note(room)
    return { entry: JSON.parse(json), created: true }
  }

  /** Runs the script with a deadline. */
  async #appendInTime(keys: string[], args: Omit<AppendArguments, 'deadline'>): Promise<unknown> {
    const { appends, clock } = this.deps
    const began = performance.now()
    for (;;) {
      const left = APPEND_WITHIN_MS - (performance.now() - began)
      if (left <= 0) throw unavailable()
      const asked = performance.now()
      const sent = argumentsOf<AppendArguments>(APPEND_ARGUMENTS, { ...args, deadline: clock.deadline(left) })
      const answer = (await appends.run(append, keys, sent)) as [string, string]
      if (answer[0] !== 'late') return answer
      // In time on this node's clock: the store's was set meanwhile.
      clock.syncClock(Number(answer[1]), asked, performance.now())
    }
  }

  async read(room: string, { after, before, ...most }: Range): Promise<Page> {
    const { epoch, head, oldest, entries: run } = await this.#readSlice(room, { after, before, ...most })
    const wentBack = after !== undefined && after > head
    const forward = after !== undefined && !wentBack
    const page = firstPage(run, most)
    if (forward) {
      const end = page.at(-1)?.seq ?? head
      return { epoch, head, entries: page, more: end < head, truncated: after + 1 < oldest }
    }
    const more = !wentBack && page.length > 0 && page.at(-1)!.seq > oldest
    return { epoch, head, entries: page.reverse(), more, truncated: wentBack }
  }

  async follow(room: string, follower: Follower): Promise<Subscription> {
    const source: LogSource = {
      readSlice: (range) => this.#readSlice(room, 'newest' in range ? { entries: 1 } : range),
      renew: (epoch) => this.#renew(room, epoch),
      limitConcurrency: (reading) => this.#catchUps.run(reading),
    }
    let unsubscribe = () => {}
    const following = new RoomFollower(source, follower, () => unsubscribe())
    unsubscribe = await this.deps.subscriptions.subscribe(this.deps.keys.channel(room), following)
    try {
      await following.start()
      return following
    } catch (error) {
      following.stop()
      throw error
    }
  }

  async #readSlice(room: string, range: Range): Promise<LogSlice> {
    const { db, keys, settings } = this.deps
    const limits = retentionOf(room, settings)
    const [epoch, head, oldest, run] = (await db.run(
      read,
      [keys.meta(room), keys.log(room)],
      [
        ...[range.after ?? '', range.before ?? '', range.messages ?? range.entries, range.entries, newEpoch()],
        ...[limits.logMaxEntries, limits.logMaxAgeMs, settings.rememberMs, PAGE_MAX_BYTES],
      ],
    )) as [epoch: string, head: number, oldest: number, run: string[]]
    return { epoch, head, oldest, entries: run.map((json) => JSON.parse(json)) }
  }

  async #renew(room: string, epoch: string): Promise<void> {
    const { db, keys } = this.deps
    await db.run(renewEpoch, [keys.meta(room)], [epoch, newEpoch(), keys.channel(room)])
  }
}
