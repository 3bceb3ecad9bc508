import { signal } from '@preact/signals'
import { ChatClient } from '../../sdk/client.ts'
import type { ConnectionState } from '../../sdk/connection.ts'
import { asFault, type ChatFault } from '../../sdk/fault.ts'
import type { TokenStorage } from '../../sdk/identity.ts'
import { type NodeEvent, NodeHistory, type Sample, type WatchedNode } from './node-history.ts'

const ASK_EVERY_MS = 1_000
const TOKEN_KEY = 'hubbub.spectator'

/** What the cluster said last, and how it came to that. */
export interface View {
  /** Unix milliseconds here. */
  readonly at: number
  readonly nodes: readonly WatchedNode[]
  readonly samples: readonly Sample[]
  readonly happenings: readonly NodeEvent[]
}

export const connectionState = signal<ConnectionState>({ state: 'offline' })
export const view = signal<View>()
/** Why the latest question had no answer. */
export const fault = signal<ChatFault>()
/** Unix milliseconds, once a second. */
export const clock = signal(Date.now())
export const paused = signal(false)

/** A browser has one spectator: a guest who is in no room, so that nobody sees them, and who is not the chat's user. */
const storage: TokenStorage = {
  getItem: () => localStorage.getItem(TOKEN_KEY),
  setItem: (_key, token) => localStorage.setItem(TOKEN_KEY, token),
  removeItem: () => localStorage.removeItem(TOKEN_KEY),
}

/** Connects, and asks once a second how the cluster is. */
export function watchCluster(): void {
  const nodeHistory = new NodeHistory()
  let client = dial()
  let asking = false

  function dial(): ChatClient {
    const client = new ChatClient({ name: 'Spectator', storage })
    client.on('state', (now) => {
      connectionState.value = now
      if (now.state === 'live') void ask()
      if (now.fault?.code === 'unauthorized' || now.fault?.code === 'token_expired') renew()
    })
    client.connect()
    return client
  }

  /** The token would not do, and is forgotten by now: as somebody new, then. */
  function renew(): void {
    queueMicrotask(() => {
      client.close()
      client = dial()
    })
  }

  async function ask(): Promise<void> {
    const { state } = connectionState.peek()
    if (asking || (state !== 'live' && state !== 'syncing')) return
    asking = true
    try {
      nodeHistory.hear(await client.stats(), Date.now())
      fault.value = undefined
      show()
    } catch (error) {
      fault.value = asFault(error)
    } finally {
      asking = false
    }
  }

  function show(): void {
    const { nodes, samples, happenings } = nodeHistory
    if (!paused.peek()) view.value = { at: Date.now(), nodes, samples, happenings }
  }

  setInterval(() => {
    clock.value = Date.now()
    void ask()
  }, ASK_EVERY_MS)
  paused.subscribe(() => view.peek() && show())
  addEventListener('online', () => client.connect())
}
