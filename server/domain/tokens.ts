import { createHash, createHmac, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { User } from '../../protocol/people.ts'
import type { KeyStatement } from './claim.ts'
import { FaultError, unavailable } from './fault-error.ts'
import type { Secrets } from './ports.ts'

/** 20 of a–z and 0–9: 103 bits, so nobody meets an id twice or guesses one. */
export function newUserId(): string {
  const digits = BigInt(`0x${randomBytes(16).toString('hex')}`).toString(36)
  return digits.padStart(20, '0').slice(-20)
}

/** Base64url: 132 bits of an HMAC-SHA256. */
const FINGERPRINT_CHARACTERS = 22

/**
 * The keys that tokens are signed with: the configured ones, of which the first signs, and nothing else. Without any, the nodes agree through the store: the
 * first node makes a key, every node holds all that it ever found there, and puts back what a wiped store lost.
 */
export class Keyring {
  #held: string[]

  constructor(
    private readonly secrets: Secrets,
    private readonly configured?: readonly string[],
  ) {
    this.#held = configured === undefined ? [] : [...configured]
  }

  async open(): Promise<this> {
    if (this.configured !== undefined) return this
    this.#held = (await this.secrets.agree(randomBytes(32).toString('base64url'))).sort()
    return this
  }

  /** Gives the store what it lacks and learns what it has; called once a second. */
  async refresh(): Promise<void> {
    if (this.configured !== undefined) return
    const all = new Set(this.#held)
    for (const key of this.#held) for (const found of await this.secrets.share(key)) all.add(found)
    this.#held = [...all].sort()
  }

  /** The same on every node that holds the same keys. */
  get signing(): { id: string; bytes: Uint8Array } {
    const [first] = this.#held
    if (first === undefined) throw unavailable('This node is starting. Try again.')
    return { id: keyId(first), bytes: Buffer.from(first) }
  }

  /**
   * What each held key makes of a purpose, the signing one's first: a secret that all nodes can make, which tells
   * nothing of the key. 43 of A–Z, a–z, 0–9, - and _.
   */
  derived(purpose: string): string[] {
    return this.#held.map((key) => createHmac('sha256', key).update(purpose).digest('base64url'))
  }

  /** What other nodes are told of the keys. */
  get statement(): KeyStatement {
    return {
      source: this.configured === undefined ? 'shared' : 'configured',
      fingerprints: this.derived('fingerprint').map((derived) => derived.slice(0, FINGERPRINT_CHARACTERS)),
    }
  }

  /** The key that a token names; throws for one that is not ours. */
  keyOf(id: string | undefined): Uint8Array {
    const key = this.#held.find((held) => keyId(held) === id)
    if (key === undefined) throw new Error(`no key ${id}`)
    return Buffer.from(key)
  }
}

const keyId = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 12)

/** Signed tokens (JWT, RFC 7519; HS256 and nothing else): whoever shows one is the user that it was made for. */
export class Tokens {
  constructor(
    private readonly keys: Keyring,
    private readonly lifeMs: number,
  ) {}

  issue(user: User): Promise<string> {
    const { id, bytes } = this.keys.signing
    return new SignJWT({ name: user.name })
      .setProtectedHeader({ alg: 'HS256', kid: id })
      .setSubject(user.id)
      .setIssuedAt()
      .setExpirationTime(Math.floor((Date.now() + this.lifeMs) / 1_000))
      .sign(bytes)
  }

  async verify(token: string): Promise<User> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keys.keyOf(kid), {
        algorithms: ['HS256'],
        requiredClaims: ['sub', 'exp'],
      })
      return User.parse({ id: payload.sub, name: payload.name })
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new FaultError('token_expired', 'This token has expired. Get another one from POST /auth/guest.')
      }
      throw new FaultError('unauthorized', 'This token is not one of ours. Get one from POST /auth/guest.')
    }
  }
}
