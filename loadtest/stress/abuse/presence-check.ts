import { setTimeout as delay } from 'node:timers/promises'
import type { Input } from '../../../protocol/commands.ts'
import type { Answer } from '../../../protocol/faults.ts'
import { MEMBERS_PAGE } from '../../../protocol/limits.ts'
import { LeanClient } from '../../clients/lean-client.ts'

const ROUND_EVERY_MS = 1_000
const ANSWER_WITHIN_MS = 5_000
const RECONNECT_AFTER_MS = 500

export interface Presence {
  /** Member lists that were read completely. */
  reads: number
  /** Lists that could not be read within ANSWER_WITHIN_MS. */
  unanswered: number
  /** Connected users missing from a list: the maximum over all lists, and examples as node, room and user id. */
  missing: number
  examples: string[]
}

type Present = () => Readonly<Record<string, readonly string[]>>

/** Users connected before and after a list was read, but missing from it. */
export function missingFrom(
  list: ReadonlySet<string>,
  before: readonly string[] = [],
  after: readonly string[] = [],
): string[] {
  const still = new Set(after)
  return before.filter((id) => still.has(id) && !list.has(id))
}

/** Reads member lists on every node repeatedly over separate connections and compares them with the connected users. */
export class PresenceCheck {
  #result = noResult()
  #stopped = false
  readonly #clients = new Map<string, LeanClient>()
  readonly #loops: Promise<void>[]

  /**
   * `nodes`: the nodes' own addresses, bypassing the edge. `present`: by room, the ids of users that must be listed.
   */
  constructor(
    nodes: readonly string[],
    private readonly rooms: readonly string[],
    private readonly present: Present,
  ) {
    this.#loops = nodes.map((node) => this.#watch(node))
  }

  /** Results since the last call. */
  take(): Presence {
    const result = this.#result
    this.#result = noResult()
    return result
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const client of this.#clients.values()) client.close()
    await Promise.all(this.#loops)
  }

  async #watch(node: string): Promise<void> {
    while (!this.#stopped) {
      await this.#connect(node)
      while (this.#clients.has(node) && !this.#stopped) {
        for (const room of this.rooms) await this.#check(node, room)
        await delay(ROUND_EVERY_MS)
      }
      if (!this.#stopped) await delay(RECONNECT_AFTER_MS)
    }
  }

  async #connect(node: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const client = new LeanClient({
        url: node.replace('http', 'ws'),
        auth: () => ({ name: 'Observer' }),
        wants: new Set(['session']),
        event: () => resolve(),
        closed: () => {
          this.#clients.delete(node)
          resolve()
        },
      })
      this.#clients.set(node, client)
    })
    for (const room of this.rooms) await this.#request(node, 'room:join', { room })
  }

  async #check(node: string, room: string): Promise<void> {
    const before = this.present()[room]
    const list = await this.#read(node, room)
    if (this.#stopped) return
    if (!list) {
      this.#result.unanswered++
      return
    }
    this.#result.reads++
    const missing = missingFrom(list, before, this.present()[room])
    this.#result.missing = Math.max(this.#result.missing, missing.length)
    if (missing.length > 0 && this.#result.examples.length < 5) {
      this.#result.examples.push(`${node} ${room} ${missing[0]}`)
    }
  }

  /** All pages; undefined if one request fails. */
  async #read(node: string, room: string): Promise<Set<string> | undefined> {
    const ids = new Set<string>()
    let after: string | undefined
    do {
      const answer = await this.#request(node, 'members:read', { room, after, limit: MEMBERS_PAGE })
      if (!answer?.ok) return undefined
      const page = answer.value as { members: { id: string }[]; next?: string }
      for (const { id } of page.members) ids.add(id)
      after = page.next
    } while (after !== undefined)
    return ids
  }

  #request<C extends 'room:join' | 'members:read'>(node: string, command: C, input: Input<C>) {
    const client = this.#clients.get(node)
    const late = new AbortController()
    const timeout = delay(ANSWER_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined)
    const answer: Promise<Answer<unknown> | undefined> = client
      ? client.request(command, input)
      : Promise.resolve(undefined)
    return Promise.race([answer, timeout]).finally(() => late.abort())
  }
}

const noResult = (): Presence => ({ reads: 0, unanswered: 0, missing: 0, examples: [] })
