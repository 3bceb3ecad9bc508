import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect } from '@jest/globals'
import type { Entry } from '../../../protocol/entry.ts'
import type { FaultCode } from '../../../protocol/faults.ts'
import type { User } from '../../../protocol/people.ts'
import type { Draft, Pair, RoomLog, Store, StoreSettings } from '../../domain/ports.ts'

/** Several nodes that share one state. */
export interface Cluster {
  /** Opens a store. Settings that are left out are those of `suiteSettings`. */
  node(name: string, settings?: Partial<StoreSettings>): Promise<Store>
  /** Closes the nodes that are still open and everything they share. */
  close(): Promise<void>
}

/** Limits that no test reaches unless it sets its own. */
export const suiteSettings = (node: string, own: Partial<StoreSettings> = {}): StoreSettings => ({
  node,
  logMaxEntries: 100_000,
  logMaxBytes: 0,
  logMaxAgeMs: 0,
  dedupeMs: 600_000,
  rememberMs: 3_600_000,
  ...own,
})

export interface Three {
  readonly a: Store
  readonly b: Store
  readonly c: Store
  readonly all: readonly Store[]
  /** Opens another node; its name is random unless given. */
  another(settings?: Partial<StoreSettings>): Promise<Store>
}

export function threeNodes(open: () => Promise<Cluster>): Three {
  let cluster: Cluster
  let stores: Store[] = []
  const at = (index: number): Store => stores[index]!
  beforeAll(async () => {
    cluster = await open()
    stores = await Promise.all(['a', 'b', 'c'].map((name) => cluster.node(uniqueName(name))))
  }, 30_000)
  afterAll(() => cluster?.close(), 30_000)
  return {
    get a() {
      return at(0)
    },
    get b() {
      return at(1)
    },
    get c() {
      return at(2)
    },
    get all() {
      return stores
    },
    another: (settings) => cluster.node(settings?.node ?? uniqueName('more'), settings),
  }
}

/** Requests a match and returns only the pair. */
export async function findPair(store: Store, user: User): Promise<Pair | 'waiting'> {
  const found = await store.matches.find(user)
  return found === 'waiting' ? found : found.pair
}

/** Appends and returns only the entry. */
export async function append(log: RoomLog, room: string, draft: Draft): Promise<Entry> {
  return (await log.append(room, draft)).entry
}

/** A name that no other test uses, valid for rooms, users, nodes and clientIds. */
export const uniqueName = (what = 't'): string => `${what}${randomBytes(6).toString('hex')}`

export const newUser = (name = 'Ada'): User => ({ id: uniqueName('u'), name })

type More = Omit<Extract<Draft, { kind: 'message' }>, 'kind' | 'by' | 'text'>
export const message = (by: User, text: string, more: More = {}) =>
  ({ kind: 'message', by, text, ...more }) satisfies Draft

/** Appends messages one after the other. */
export async function post(store: Store, room: string, by: User, ...texts: string[]) {
  const said = []
  for (const text of texts) said.push(await append(store.log, room, message(by, text)))
  return said
}

export const expectFault = (call: Promise<unknown>, code: FaultCode): Promise<void> =>
  expect(call).rejects.toMatchObject({ name: 'FaultError', code })

const DEADLINE_MS = 10_000

/** Polls until the condition holds, for changes that the ports announce by no event. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; !(await condition()); await new Promise((next) => setTimeout(next, 10))) {
    if (Date.now() > end) throw new Error(`timed out after ${DEADLINE_MS} ms waiting for ${condition}`)
  }
}

/** An event to wait for: `next()` resolves at the next `emit()`, and rejects after a timeout. */
export class Signal {
  #waiting: (() => void)[] = []

  emit(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  next(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`timed out after ${DEADLINE_MS} ms waiting for ${what}`)),
        DEADLINE_MS,
      )
      this.#waiting.push(() => {
        clearTimeout(late)
        resolve()
      })
    })
  }
}
