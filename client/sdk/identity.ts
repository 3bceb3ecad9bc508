import type { Payload } from '../../protocol/events.ts'
import type { User } from '../../protocol/people.ts'
import type { ChatFault } from './fault.ts'

export const TOKEN_KEY = 'hubbub.token'

export type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/**
 * The user of this client: initially only a name; after the first session, the user and the token assigned by a node.
 */
export class Identity {
  user?: User
  token?: string
  readonly #name?: string
  readonly #storage?: TokenStorage

  constructor({ name, token, storage }: { name?: string; token?: string; storage?: TokenStorage }) {
    this.#name = name
    this.#storage = storage
    this.token = token ?? storage?.getItem(TOKEN_KEY) ?? undefined
  }

  /** Credentials for the handshake. */
  readonly credentials = (): { token: string } | { name?: string } =>
    this.token === undefined ? { name: this.#name } : { token: this.token }

  accept({ user, token }: Payload<'session'>): void {
    this.user = user
    if (token === undefined) return
    this.token = token
    this.#storage?.setItem(TOKEN_KEY, token)
  }

  /** Forgets the token if the fault says that it is invalid or expired. */
  discardToken({ code }: ChatFault): void {
    if (code !== 'unauthorized' && code !== 'token_expired') return
    // Another tab may have stored a new token in the meantime.
    if (this.#storage?.getItem(TOKEN_KEY) === this.token) this.#storage?.removeItem(TOKEN_KEY)
    this.token = undefined
  }
}
