import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import type { FaultCode } from '../../../protocol/faults.ts'
import type { User } from '../../../protocol/people.ts'
import type { ClientAddresses } from '../../client-address.ts'
import type { Journal } from '../../domain/journal.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Store } from '../../domain/ports.ts'
import type { MessagePoster } from '../../domain/post-message.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Tokens } from '../../domain/tokens.ts'
import type { NodeMetrics } from '../../metrics.ts'

/** Dependencies of the endpoints. */
export interface RestDeps {
  store: Store
  tokens: Tokens
  peers: ClientAddresses
  limits: Limits
  poster: MessagePoster
  metrics: NodeMetrics
  journal: Journal
  presence: RestPresencePort
  appends: Rate
  restSenders: 'guest' | 'token'
  restPerSecond: number
  restStatusMs: number
}

/** Presence of users without a connection. The gateway implements it, so that such users appear in the same member lists. */
export interface RestPresencePort {
  /** Shows the user in the room's member list, until `ttlMs` from now. */
  set(room: string, user: User, options: { typing: boolean; ttlMs: number }): Promise<void>
  clear(room: string, user: User): Promise<void>
  isTyping(room: string, user: User): Promise<boolean>
}

/** The sender of a request. */
export interface Requester {
  req: IncomingMessage
  /** The user of the token; undefined without a token. */
  user?: User
}

/** An endpoint: its input and output schemas, and its errors in addition to those that every endpoint can return. */
export interface Endpoint<Input extends z.ZodType = z.ZodType, Value extends z.ZodType = z.ZodType> {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly title: string
  /** Markdown. */
  readonly description: string
  readonly input: Input
  readonly value: Value
  readonly status: 200 | 201
  readonly faults: readonly FaultCode[]
  /** Fields that may be sent as a header instead: field name → header name. */
  readonly headers?: Readonly<Record<string, string>>
  answer(input: z.output<Input>, requester: Requester, deps: RestDeps): Promise<z.output<Value>>
}

/** Infers the types of `answer` from the schemas. */
export const endpoint = <Input extends z.ZodType, Value extends z.ZodType>(
  definition: Endpoint<Input, Value>,
): Endpoint => definition as unknown as Endpoint
