import { signal } from '@preact/signals'
import { ChatClient } from '../../sdk/client.ts'
import type { ConnectionState } from '../../sdk/connection.ts'
import { asFault, type ChatFault } from '../../sdk/fault.ts'
import type { TokenStorage } from '../../sdk/identity.ts'
import { type NodeEvent, NodeHistory, type Sample, type WatchedNode } from './node-history.ts'

const POLL_MS = 1_000
const TOKEN_KEY = 'hubbub.spectator'

/** The state that the dashboard shows. */
export interface View {
  /** Unix milliseconds of this browser. */
  readonly at: number
  readonly nodes: readonly WatchedNode[]
  readonly samples: readonly Sample[]
  readonly events: readonly NodeEvent[]
}

export const connectionState = signal<ConnectionState>({ state: 'offline' })
export const view = signal<View>()
/** The error of the latest request; undefined after a success. */
export const fault = signal<ChatFault>()
/** Unix milliseconds, updated once a second. */
export const clock = signal(Date.now())
export const paused = signal(false)

/** A separate token: the dashboard connects as a guest that joins no room and is not the chat's user. */
const storage: TokenStorage = {
  getItem: () => localStorage.getItem(TOKEN_KEY),
  setItem: (_key, token) => localStorage.setItem(TOKEN_KEY, token),
  removeItem: () => localStorage.removeItem(TOKEN_KEY),
}

/** Connects, and requests the cluster's statistics once a second. */
export function pollStats(): void {
  const nodeHistory = new NodeHistory()
  let client = connect()
  let pending = false

  function connect(): ChatClient {
    const client = new ChatClient({ name: 'Spectator', storage })
    client.on('state', (now) => {
      connectionState.value = now
      if (now.state === 'live') void poll()
      if (now.fault?.code === 'unauthorized' || now.fault?.code === 'token_expired') renew()
    })
    client.connect()
    return client
  }

  /** Reconnects as a new guest. The SDK has removed the rejected token by now. */
  function renew(): void {
    queueMicrotask(() => {
      client.close()
      client = connect()
    })
  }

  async function poll(): Promise<void> {
    const { state } = connectionState.peek()
    if (pending || (state !== 'live' && state !== 'syncing')) return
    pending = true
    try {
      nodeHistory.update(await client.stats(), Date.now())
      fault.value = undefined
      publish()
    } catch (error) {
      fault.value = asFault(error)
    } finally {
      pending = false
    }
  }

  function publish(): void {
    const { nodes, samples, events: happenings } = nodeHistory
    if (!paused.peek()) view.value = { at: Date.now(), nodes, samples, events: happenings }
  }

  setInterval(() => {
    clock.value = Date.now()
    void poll()
  }, POLL_MS)
  paused.subscribe(() => view.peek() && publish())
  addEventListener('online', () => client.connect())
}
