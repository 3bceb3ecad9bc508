import { batch, effect } from '@preact/signals'
import { ChatClient, TOKEN_KEY } from '../sdk/client.ts'
import type { Transport } from '../sdk/connection.ts'
import { LocalStorageOutbox } from '../sdk/local-storage-outbox.ts'
import { addressed } from './address.ts'
import { subscribe } from './client-events.ts'
import { follow } from './connection/figures.ts'
import { watchConnection } from './connection-problems.ts'
import { faultText } from './fault-words.ts'
import { forgetMyRooms } from './my-rooms.ts'
import { list, show } from './rooms.ts'
import { startShortcuts } from './shortcuts.ts'
import { chat, connectionState, dialog, notice, open, pane, summaries, waiting } from './state.ts'
import { forgetStatus, startStatus } from './status.ts'
import { startTheme } from './theme.ts'
import { me } from './users.ts'

const LIST_EVERY_MS = 10_000
const TRANSPORT_KEY = 'hubbub.transport'

let outbox: LocalStorageOutbox | undefined

/** Begins to listen, and goes back in if a token from an earlier visit is there. */
export function start(): void {
  // A node with the feature `rooms` tells of changes by itself.
  setInterval(() => document.hidden || chat.value?.features.has('rooms') || list(), LIST_EVERY_MS)
  document.addEventListener('visibilitychange', () => document.hidden || list())
  effect(() => {
    if (connectionState.value.state === 'live') void list()
  })
  effect(() => chat.value && follow(chat.value))
  addEventListener('online', () => chat.value?.connect())
  addEventListener('pagehide', () => {
    for (const room of open.value.values()) room.tellRead()
  })
  addEventListener('hashchange', () => {
    const name = addressed()
    if (!name) pane.value = 'rooms'
    else if (me.value) show(name)
  })
  startTheme()
  startShortcuts()
  startStatus()
  watchConnection()
  if (canReturn()) enter()
}

export const canReturn = (): boolean => localStorage.getItem(TOKEN_KEY) !== null
export const goBackIn = (): void => enter()

export function signIn(name: string): void {
  localStorage.removeItem(TOKEN_KEY)
  enter(name)
}

/** Nobody can be this guest again, so what waits would never be said. */
export function signOut(): void {
  const unsaid = [...open.value.values()].flatMap((room) => room.letters.value)
  if (unsaid.length > 0 && !confirm('What you wrote was not sent yet. Sign out, and discard it?')) return
  for (const { input } of unsaid) chat.value?.discard(input.clientId)
  localStorage.removeItem(TOKEN_KEY)
  forgetStatus()
  forgetMyRooms()
  leave()
}

export const transport = (): Transport | undefined => (localStorage.getItem(TRANSPORT_KEY) as Transport) ?? undefined

export function useTransport(choice: Transport | undefined): void {
  if (choice) localStorage.setItem(TRANSPORT_KEY, choice)
  else localStorage.removeItem(TRANSPORT_KEY)
  chat.value?.setTransports(choice && [choice])
}

function enter(name?: string): void {
  leave()
  outbox ??= new LocalStorageOutbox()
  const wish = transport()
  const client = new ChatClient({ name, storage: localStorage, outbox, transports: wish && [wish] })
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
    open.value = new Map()
    summaries.value = []
    waiting.value = 0
    dialog.value = undefined
    connectionState.value = { state: 'offline' }
  })
}
