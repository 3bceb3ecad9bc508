import type { User } from '../../protocol/people.ts'
import { FaultError } from './fault-error.ts'
import type { Nodes, UserDirectory } from './ports.ts'
import type { Rate } from './token-bucket.ts'
import { newUserId, type Tokens } from './tokens.ts'

const DAY_S = 86_400

/** Creates guest users, with cluster-wide limits per address, per second and per day. */
export class Guests {
  readonly #perSecond: Rate
  readonly #perDay: Rate | undefined

  constructor(
    private readonly tokens: Tokens,
    private readonly people: UserDirectory,
    private readonly nodes: Nodes,
    { guestsPerSecond, guestsPerDay }: { guestsPerSecond: number; guestsPerDay: number },
  ) {
    this.#perSecond = { perSecond: guestsPerSecond, burst: guestsPerSecond }
    this.#perDay = guestsPerDay > 0 ? { perSecond: guestsPerDay / DAY_S, burst: guestsPerDay } : undefined
  }

  async create(name: string, address: string): Promise<{ user: User; token: string }> {
    await this.#admit(`guest:${address}`, this.#perSecond, 'second (GUESTS_PER_SECOND)')
    if (this.#perDay) await this.#admit(`guests-of-day:${address}`, this.#perDay, 'day (GUESTS_PER_DAY)')
    const user = { id: newUserId(), name }
    await this.people.remember(user)
    return { user, token: await this.tokens.issue(user) }
  }

  async #admit(key: string, rate: Rate, per: string): Promise<void> {
    const wait = await this.nodes.takeToken(key, rate)
    if (wait === 0) return
    throw new FaultError(
      'rate_limited',
      `Your address makes more than ${rate.burst} new guests a ${per}. Try again later.`,
      wait,
    )
  }
}
