import { createHash, createHmac, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { User } from '../../protocol/people.ts'
import type { KeyStatement } from './claim.ts'
import { FaultError, unavailable } from './fault-error.ts'
import type { Secrets } from './ports.ts'

/** 20 characters of a–z and 0–9: 103 random bits, so that ids do not collide and cannot be guessed. */
export function newUserId(): string {
  const digits = BigInt(`0x${randomBytes(16).toString('hex')}`).toString(36)
  return digits.padStart(20, '0').slice(-20)
}

/** In base64url: 132 bits of an HMAC-SHA256. */
const FINGERPRINT_CHARACTERS = 22

/**
 * The keys that sign tokens. If keys are configured, the first one signs, all verify, and no others are used. Otherwise
 * the nodes share generated keys through the store: the first node creates one, every node keeps in memory all keys that
 * it has read, and writes them back if the store has lost them.
 */
export class Keyring {
  #held: string[]

  constructor(
    private readonly secrets: Secrets,
    private readonly configured?: readonly string[],
  ) {
    this.#held = configured === undefined ? [] : [...configured]
  }

  /** Reads the shared keys, or creates one. Rejects if the store is unavailable. */
  async open(): Promise<this> {
    if (this.configured !== undefined) return this
    this.#held = (await this.secrets.agree(randomBytes(32).toString('base64url'))).sort()
    return this
  }

  /** Exchanges keys with the store in both directions; called once a second. */
  async refresh(): Promise<void> {
    if (this.configured !== undefined) return
    const all = new Set(this.#held)
    for (const key of this.#held) for (const found of await this.secrets.share(key)) all.add(found)
    this.#held = [...all].sort()
  }

  /** The signing key: the same on every node that holds the same keys. Throws `unavailable` before `open`. */
  get signing(): { id: string; bytes: Uint8Array } {
    const [first] = this.#held
    if (first === undefined) throw unavailable('This node is starting. Try again.')
    return { id: keyId(first), bytes: Buffer.from(first) }
  }

  /**
   * One derived secret per key, that of the signing key first: HMAC-SHA256 of `purpose` as 43 characters of base64url. All
   * nodes derive the same secrets, which reveal nothing of the keys.
   */
  derived(purpose: string): string[] {
    return this.#held.map((key) => createHmac('sha256', key).update(purpose).digest('base64url'))
  }

  /** The fingerprints of the keys, which the node publishes to the other nodes. */
  get statement(): KeyStatement {
    return {
      source: this.configured === undefined ? 'shared' : 'configured',
      fingerprints: this.derived('fingerprint').map((derived) => derived.slice(0, FINGERPRINT_CHARACTERS)),
    }
  }

  /** The key with the id in the header of a token; throws if this node does not hold it. */
  keyOf(id: string | undefined): Uint8Array {
    const key = this.#held.find((held) => keyId(held) === id)
    if (key === undefined) throw new Error(`no key ${id}`)
    return Buffer.from(key)
  }
}

const keyId = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 12)

/** Signed bearer tokens that identify a user (JWT, RFC 7519; HS256 only). */
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

  /** Rejects with `token_expired` or `unauthorized`. */
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
