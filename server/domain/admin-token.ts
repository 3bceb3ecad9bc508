import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Keyring } from './tokens.ts'

/**
 * Who may see the report: whoever shows the admin token, or a pass that was made from it. Without a configured token the
 * nodes share one that follows from the keys in the store, so it is the same on every node and after every restart.
 */
export class AdminTokens {
  constructor(
    private readonly keys: Keyring,
    private readonly configured?: string,
  ) {}

  /** The token that the nodes made; undefined when one is configured, or before they have made it. */
  get generated(): string | undefined {
    return this.configured === undefined ? this.#tokens[0] : undefined
  }

  accepts(token: string): boolean {
    // All of them, so that the time it takes does not tell which one it was.
    return this.#tokens.map((known) => same(known, token)).includes(true)
  }

  /** For a cookie: it lapses, and the token cannot be read out of it. Undefined for a token that is not right. */
  createCookie(token: string, until: number): string | undefined {
    return this.accepts(token) ? `${until}.${seal(token, until)}` : undefined
  }

  acceptsCookie(pass: string): boolean {
    const [until = '', sealed = ''] = pass.split('.')
    if (!/^\d{1,15}$/.test(until) || Number(until) < Date.now()) return false
    return this.#tokens.map((known) => same(seal(known, Number(until)), sealed)).includes(true)
  }

  get #tokens(): string[] {
    return this.configured === undefined ? this.keys.derived('admin token') : [this.configured]
  }
}

const seal = (token: string, until: number): string =>
  createHmac('sha256', token).update(`pass until ${until}`).digest('base64url')

/** In constant time, whatever the lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
