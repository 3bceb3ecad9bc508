import type { User } from '../../protocol/people.ts'
import { newUserId, type Tokens } from './identity.ts'
import type { Rate } from './pace.ts'
import type { Nodes, People } from './ports.ts'
import { Refusal } from './refusal.ts'

/** Makes guests: anybody with a name, so many a second from one address, on all nodes together. */
export class Guests {
  readonly #rate: Rate

  constructor(
    private readonly tokens: Tokens,
    private readonly people: People,
    private readonly nodes: Nodes,
    perSecond: number,
  ) {
    this.#rate = { perSecond, burst: perSecond }
  }

  async welcome(name: string, address: string): Promise<{ user: User; token: string }> {
    const wait = await this.nodes.pace(`guest:${address}`, this.#rate)
    if (wait > 0) throw new Refusal('rate_limited', 'Too many new guests from your address. Wait a moment.', wait)
    const user = { id: newUserId(), name }
    await this.people.remember(user)
    return { user, token: await this.tokens.issue(user) }
  }
}
