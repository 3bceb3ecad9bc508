import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Keyring } from './tokens.ts'

/**
 * Access to the report: with the admin token or with a cookie created from it. Without a configured token, the nodes
 * derive one from the keys in the store, so that it is the same on every node and after every restart.
 */
export class AdminTokens {
  constructor(
    private readonly keys: Keyring,
    private readonly configured?: string,
  ) {}

  /** The derived token; undefined if a token is configured, or if the keys are not loaded yet. */
  get generated(): string | undefined {
    return this.configured === undefined ? this.#tokens[0] : undefined
  }

  accepts(token: string): boolean {
    // Compares with every token, so that the response time does not reveal which one matched.
    return this.#tokens.map((known) => same(known, token)).includes(true)
  }

  /**
   * The value of a cookie that is valid until `until`, in Unix milliseconds, and does not reveal the token. Undefined if
   * the token is wrong.
   */
  createCookie(token: string, until: number): string | undefined {
    return this.accepts(token) ? `${until}.${seal(token, until)}` : undefined
  }

  acceptsCookie(cookie: string): boolean {
    const [until = '', sealed = ''] = cookie.split('.')
    if (!/^\d{1,15}$/.test(until) || Number(until) < Date.now()) return false
    return this.#tokens.map((known) => same(seal(known, Number(until)), sealed)).includes(true)
  }

  get #tokens(): string[] {
    return this.configured === undefined ? this.keys.derived('admin token') : [this.configured]
  }
}

const seal = (token: string, until: number): string =>
  createHmac('sha256', token).update(`pass until ${until}`).digest('base64url')

/** Compares in constant time, independent of the lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
