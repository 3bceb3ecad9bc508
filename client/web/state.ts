import { computed, signal } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { ChatClient } from '../sdk/client.ts'
import type { ConnectionState } from '../sdk/connection.ts'
import type { OpenRoom } from './open-room.ts'

export const LOBBY = 'lobby'

/** The signals of the page. Views read them; the modules of this folder write them. */
export const chat = signal<ChatClient>()
export const connectionState = signal<ConnectionState>({ state: 'offline' })
/** The number of unacknowledged commands, and how many of them would be lost on reload. */
export const pendingCount = signal(0)
export const unpersistedCount = signal(0)
/** A message for the user that stays until it is closed. */
export const notice = signal<string>()
/** Summaries of all listed rooms. */
export const summaries = signal<readonly RoomSummary[]>([])
/** Joined rooms, by name. */
export const openRooms = signal<ReadonlyMap<string, OpenRoom>>(new Map())
export const currentName = signal(LOBBY)
/** The visible column on narrow screens. */
export const pane = signal<'rooms' | 'room'>('room')
/** The panel that covers the room on narrow screens. */
export const panel = signal<'members'>()
/** The open modal dialog. */
export const dialog = signal<'jump' | 'new room' | 'settings'>()
export const currentRoom = computed(() => openRooms.value.get(currentName.value))
