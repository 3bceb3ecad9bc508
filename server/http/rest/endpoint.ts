import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import type { FaultCode } from '../../../protocol/faults.ts'
import type { User } from '../../../protocol/people.ts'
import type { Peers } from '../../client-address.ts'
import type { Journal } from '../../domain/journal.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Store } from '../../domain/ports.ts'
import type { MessagePoster } from '../../domain/post-message.ts'
import type { Rate } from '../../domain/token-bucket.ts'
import type { Tokens } from '../../domain/tokens.ts'
import type { NodeMetrics } from '../../metrics.ts'

/** What the endpoints need from outside. */
export interface RestDeps {
  store: Store
  tokens: Tokens
  peers: Peers
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

/** People who are in rooms without a connection; the socket door keeps it, beside those who have one. */
export interface RestPresencePort {
  set(room: string, user: User, how: { typing: boolean; ttlMs: number }): Promise<void>
  clear(room: string, user: User): Promise<void>
  isTyping(room: string, user: User): Promise<boolean>
}

/** Who asks. */
export interface Requester {
  req: IncomingMessage
  /** By their token, when they show one. */
  user?: User
}

/** One address: what goes in, what comes back, and the faults it may have besides those that every address has. */
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
  /** Names the fields that a header may carry instead. */
  readonly headers?: Readonly<Record<string, string>>
  answer(input: z.output<Input>, asker: Requester, parts: RestDeps): Promise<z.output<Value>>
}

/** Infers what the schemas say. */
export const endpoint = <Input extends z.ZodType, Value extends z.ZodType>(it: Endpoint<Input, Value>): Endpoint =>
  it as unknown as Endpoint
