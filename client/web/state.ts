import { computed, signal } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { ChatClient } from '../sdk/client.ts'
import type { ConnectionState } from '../sdk/connection.ts'
import type { OpenRoom } from './open-room.ts'

export const LOBBY = 'lobby'

/** What the page shows: the views read it, the files beside this one write it. */
export const chat = signal<ChatClient>()
export const connectionState = signal<ConnectionState>({ state: 'offline' })
/** How many letters wait to be sent, and how many of them would not survive a reload. */
export const waiting = signal(0)
export const unkept = signal(0)
/** A sentence that somebody should read, until they put it away. */
export const notice = signal<string>()
/** Of all rooms, as the cluster listed them last. */
export const summaries = signal<readonly RoomSummary[]>([])
/** The rooms that we are in. */
export const open = signal<ReadonlyMap<string, OpenRoom>>(new Map())
export const current = signal(LOBBY)
/** On a phone, what is in sight: the list of rooms, or the room. */
export const pane = signal<'rooms' | 'room'>('room')
/** On a narrow screen, what covers the room. */
export const panel = signal<'members'>()
/** What is asked in a dialog of its own. */
export const dialog = signal<'jump' | 'new room' | 'settings'>()
export const room = computed(() => open.value.get(current.value))
