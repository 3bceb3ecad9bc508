import { batch, effect } from '@preact/signals'
import { ChatClient, TOKEN_KEY } from '../sdk/client.ts'
import type { Transport } from '../sdk/connection.ts'
import { LocalStorageOutbox } from '../sdk/local-storage-outbox.ts'
import { roomInAddress } from './address.ts'
import { subscribe } from './client-events.ts'
import { measureConnection } from './connection/connection-stats.ts'
import { watchConnection } from './connection-problems.ts'
import { faultText } from './fault-words.ts'
import { clearMyRooms } from './my-rooms.ts'
import { refreshRooms, show } from './rooms.ts'
import { startShortcuts } from './shortcuts.ts'
import { chat, connectionState, dialog, notice, openRooms, pane, pendingCount, summaries } from './state.ts'
import { resetStatus, startStatus } from './status.ts'
import { startTheme } from './theme.ts'
import { me } from './users.ts'

const REFRESH_MS = 10_000
const TRANSPORT_KEY = 'hubbub.transport'

let outbox: LocalStorageOutbox | undefined

/** Registers the page's listeners, and signs in again if there is a token from an earlier visit. */
export function start(): void {
  // Polls only while the server lacks the feature `rooms`, which pushes changes.
  setInterval(() => document.hidden || chat.value?.features.has('rooms') || refreshRooms(), REFRESH_MS)
  document.addEventListener('visibilitychange', () => document.hidden || refreshRooms())
  effect(() => {
    if (connectionState.value.state === 'live') void refreshRooms()
  })
  effect(() => chat.value && measureConnection(chat.value))
  addEventListener('online', () => chat.value?.connect())
  addEventListener('pagehide', () => {
    for (const room of openRooms.value.values()) room.sendReceipt()
  })
  addEventListener('hashchange', () => {
    const name = roomInAddress()
    if (!name) pane.value = 'rooms'
    else if (me.value) show(name)
  })
  startTheme()
  startShortcuts()
  startStatus()
  watchConnection()
  if (hasToken()) enter()
}

export const hasToken = (): boolean => localStorage.getItem(TOKEN_KEY) !== null
export const resumeSession = (): void => enter()

export function signIn(name: string): void {
  localStorage.removeItem(TOKEN_KEY)
  enter(name)
}

/** Asks before unsent messages are lost: without the token, no session can send them as this guest. */
export function signOut(): void {
  const pending = [...openRooms.value.values()].flatMap((room) => room.pendingCommands.value)
  if (pending.length > 0 && !confirm('You have unsent messages. Sign out and discard them?')) return
  for (const { input } of pending) chat.value?.discard(input.clientId)
  localStorage.removeItem(TOKEN_KEY)
  resetStatus()
  clearMyRooms()
  leave()
}

export const transport = (): Transport | undefined => (localStorage.getItem(TRANSPORT_KEY) as Transport) ?? undefined

export function setTransport(choice: Transport | undefined): void {
  if (choice) localStorage.setItem(TRANSPORT_KEY, choice)
  else localStorage.removeItem(TRANSPORT_KEY)
  chat.value?.setTransports(choice && [choice])
}

function enter(name?: string): void {
  leave()
  outbox ??= new LocalStorageOutbox()
  const preferred = transport()
  const client = new ChatClient({ name, storage: localStorage, outbox, transports: preferred && [preferred] })
  batch(() => {
    chat.value = client
    notice.value = undefined
  })
  subscribe(client)
  client.on('state', ({ state, fault }) => {
    if (state !== 'refused') return
    leave()
    notice.value = faultText(fault)
  })
  client.connect()
}

export function leave(): void {
  const client = chat.value
  chat.value = undefined
  client?.close()
  batch(() => {
    me.value = undefined
    openRooms.value = new Map()
    summaries.value = []
    pendingCount.value = 0
    dialog.value = undefined
    connectionState.value = { state: 'offline' }
  })
}
