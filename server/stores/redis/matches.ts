import type { User } from '../../../protocol/people.ts'
import { newMatchRoom } from '../../domain/match-room.ts'
import type { Matches, MatchResult, Pair } from '../../domain/ports.ts'
import type { Connection, Script } from './connection.ts'
import type { Keys } from './keys.ts'
import type { Lease } from './lease.ts'
import type { Sweeper } from './lease-sweeper.ts'
import { expiredLeases } from './scripts/lease.ts'
import { deleteLog, endPair, enter, find, pairWaiting, pendingCleanup, release, releaseAll } from './scripts/matches.ts'
import type { Subscriptions } from './subscriptions.ts'

/** How long a deleted log is remembered to have ended: longer than a command can be in flight. */
const OVER_MS = 3_600_000

type PairReply = [room?: string, id?: string, name?: string, isNew?: number]

export class RedisMatches implements Matches, Sweeper {
  #changed: (user?: string) => void = () => {}
  /** The channel of changed places held by the current lease. */
  #subscription: { lease: string; unsubscribe: Promise<() => void> } | undefined
  #tidying = false

  constructor(
    private readonly db: Connection,
    private readonly subscriptions: Subscriptions,
    private readonly keys: Keys,
    private readonly lease: Lease,
  ) {
    lease.onForgotten(() => this.#changed())
  }

  async find(user: User): Promise<MatchResult | 'waiting'> {
    const lease = await this.#subscribe()
    const expired = await this.#expiredLeases()
    const reply = await this.#run(find, lease, [user.id, user.name, newMatchRoom(), ...expired])
    const pair = pairOf(reply)
    return pair ? { pair, created: (reply as PairReply)[3] === 1 } : 'waiting'
  }

  async join(user: User, room: string): Promise<Pair | undefined> {
    return pairOf(await this.#run(enter, await this.#subscribe(), [user.id, room]))
  }

  async release(user: string, { waitingOnly } = { waitingOnly: false }): Promise<boolean> {
    const paired = await this.#run(release, this.lease.id, [user, waitingOnly ? 1 : 0])
    if (!waitingOnly) this.tidy()
    return paired === 1
  }

  async end(user: string): Promise<void> {
    await this.#run(endPair, this.lease.id, [user])
    this.tidy()
  }

  watch(changed: (user?: string) => void): void {
    this.#changed = changed
  }

  async removeLease(lease: string): Promise<void> {
    while (((await this.#run(releaseAll, lease, [''])) as number) > 0);
  }

  /** Deletes the logs of ended pairs, no matter which node ended them, and pairs waiting users who were skipped. */
  tidy(): void {
    if (this.#tidying) return
    this.#tidying = true
    const done = () => {
      this.#tidying = false
    }
    this.#tidy().then(done, done)
  }

  async #tidy(): Promise<void> {
    const [waiting, ...rooms] = (await this.#run(pendingCleanup, this.lease.id, [''])) as [waiting: number, ...string[]]
    for (let i = 0; i < rooms.length; i += 2) await this.#delete(rooms[i]!, rooms[i + 1]!.split(' '))
    if (waiting < 2) return
    const expired = await this.#expiredLeases()
    while ((await this.#run(pairWaiting, '', ['', '', newMatchRoom(), ...expired])) === 1);
  }

  async #delete(room: string, users: string[]): Promise<void> {
    const { db, keys } = this
    await db.run(
      deleteLog,
      [keys.meta(room), keys.log(room)],
      [...[keys.dedupe(room), keys.edits(room), keys.reactions(room), OVER_MS]],
    )
    await Promise.all(users.map((id) => db.call((redis) => redis.hdel(keys.readMarks(id), room))))
    await db.call((redis) => redis.hdel(keys.endedPairs(), room))
  }

  #run(script: Script, lease: string, args: (string | number)[]): Promise<unknown> {
    const { db, keys } = this
    const prefixes = [keys.placePrefix(), keys.leasePlacesPrefix(), keys.matchChannelPrefix()]
    return db.run(script, [keys.waitingLine(), keys.ticket(), keys.endedPairs()], [...prefixes, lease, ...args])
  }

  #expiredLeases(): Promise<string[]> {
    const { db, keys } = this
    return db.run(expiredLeases, [keys.leases(), keys.expired()], []) as Promise<string[]>
  }

  /** Returns the current lease, after subscribing to changes of the places it holds. */
  async #subscribe(): Promise<string> {
    const lease = this.lease.requireHeld()
    if (this.#subscription?.lease !== lease) {
      void this.#subscription?.unsubscribe.then((stop) => stop()).catch(() => {})
      const listener = { onMessage: (user: string) => this.#changed(user), resync: () => this.#changed() }
      this.#subscription = {
        lease,
        unsubscribe: this.subscriptions.subscribe(this.keys.matchChannelPrefix() + lease, listener),
      }
    }
    const subscription = this.#subscription
    await subscription.unsubscribe.catch((error: unknown) => {
      if (this.#subscription === subscription) this.#subscription = undefined
      throw error
    })
    return lease
  }
}

function pairOf(reply: unknown): Pair | undefined {
  const [room, id = '', name = ''] = reply as PairReply
  if (room === undefined) return undefined
  return { room, stranger: { id, name } }
}
