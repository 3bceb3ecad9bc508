import { batch } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { ChatClient, ChatEvents } from '../sdk/client.ts'
import { addressOf, ROOM_LIST_ADDRESS, roomInAddress } from './address.ts'
import { faultText } from './fault-words.ts'
import { closeDirect, forgetRoom, isClosed, myRooms, rememberRoom, reopenDirect } from './my-rooms.ts'
import { OpenRoom } from './open-room.ts'
import { isDirect, isMatch } from './room-names.ts'
import { runCommand } from './run-command.ts'
import {
  chat,
  connectionState,
  currentName,
  dialog,
  LOBBY,
  notice,
  openRooms,
  pane,
  panel,
  summaries,
} from './state.ts'
import { rememberUsers } from './users.ts'

/** The most recent direct rooms are joined automatically, to receive their messages and to show presence in them. */
const MAX_JOINED_DIRECT = 20
/** Each page has 100 rooms. */
const MAX_PAGES = 3
/** The server sends `stale` to slow connections; the list is fetched again after this delay. */
const STALE_RETRY_MS = 10_000

/** Shows a room, and joins it if necessary. */
export function show(name: string): void {
  batch(() => {
    currentName.value = name
    pane.value = 'room'
    panel.value = undefined
    dialog.value = undefined
  })
  if (roomInAddress() !== name) location.hash = addressOf(name)
  if (isDirect(name)) reopenDirect(name)
  else rememberRoom(name)
  join(name)
}

/** Shows the room of the page's URL, or the lobby with the room list as the previous history entry. */
export function showRoomInAddress(): void {
  const name = roomInAddress()
  if (!name) history.replaceState(null, '', ROOM_LIST_ADDRESS)
  show(name ?? LOBBY)
}

export async function showDirect(user: string): Promise<void> {
  await runCommand(async (client) => show(await client.openDirect(user)))
}

/** Leaves a room. A direct room is hidden until it has a new entry. */
export async function leaveRoom(name: string): Promise<void> {
  if (isDirect(name)) closeDirect(name, headOf(name))
  else forgetRoom(name)
  removeOpenRoom(name)
  if (currentName.value === name) show(LOBBY)
  await runCommand((client) => client.leave(name))
}

export function join(name: string): void {
  const client = chat.value
  if (!client || openRooms.value.has(name)) return
  const room = new OpenRoom(name, client)
  const listed = summaries.value.find((summary) => summary.room === name)
  if (listed) room.markRead(listed.read)
  room.pendingCommands.value = client.pendingCommands(name)
  openRooms.value = new Map([...openRooms.value, [name, room]])
  client.join(name).then(
    () => {
      room.ready.value = true
      // Without the read position, new messages cannot be distinguished from old ones.
      if (room.lastRead.value === undefined) void refreshRooms()
    },
    (error) => {
      if (openRooms.value.get(name) !== room) return
      removeOpenRoom(name)
      forgetRoom(name)
      notice.value = faultText(error)
      if (currentName.value === name) show(LOBBY)
    },
  )
}

/** Joins the lobby and the stored rooms at the start of a session. */
export function joinMine(): void {
  for (const name of [LOBBY, ...myRooms.value]) join(name)
}

/** Fetches the room list, and joins the most recent direct rooms. */
export async function refreshRooms(): Promise<void> {
  const client = chat.value
  if (!client || connectionState.value.state !== 'live') return
  try {
    const rooms: RoomSummary[] = []
    let after: string | undefined
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await client.rooms({ after, order: 'activity' })
      rooms.push(...page.rooms)
      after = page.next
      if (after === undefined) break
    }
    if (after !== undefined && client.features.has('rooms')) rooms.push(...(await fetchUnlisted(client, rooms)))
    if (client === chat.value) applySummaries(rooms)
  } catch {
    // The next refresh retries.
  }
}

/** Summaries of open rooms that are not among the most recently active ones. */
async function fetchUnlisted(client: ChatClient, rooms: readonly RoomSummary[]): Promise<RoomSummary[]> {
  const listed = new Set(rooms.map(({ room }) => room))
  const missing = [...openRooms.peek().keys()].filter((name) => !listed.has(name) && !isDirect(name) && !isMatch(name))
  const pages = await Promise.all(missing.map((query) => client.rooms({ order: 'name', query })))
  return pages.flatMap((page, i) => page.rooms.filter(({ room }) => room === missing[i]))
}

/** Applies a `rooms` event of the server to the list. */
export function applyRoomChanges({ changed, removed, stale }: ChatEvents['rooms']): void {
  const rooms = new Map(summaries.peek().map((summary) => [summary.room, summary]))
  for (const summary of changed) rooms.set(summary.room, summary)
  for (const room of removed) rooms.delete(room)
  applySummaries([...rooms.values()])
  if (stale) setTimeout(refreshRooms, STALE_RETRY_MS)
}

function applySummaries(rooms: RoomSummary[]): void {
  batch(() => {
    summaries.value = rooms
    rememberUsers(rooms.flatMap(({ last, with: other }) => [...(last ? [last.by] : []), ...(other ? [other] : [])]))
    const read = new Map(rooms.map(({ room, read }) => [room, read]))
    for (const room of openRooms.value.values()) room.markRead(read.get(room.name) ?? 0)
  })
  const direct = rooms.filter(({ room, head }) => isDirect(room) && !isClosed(room, head))
  direct.sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0))
  for (const { room } of direct.slice(0, MAX_JOINED_DIRECT)) join(room)
}

function headOf(name: string): number {
  const listed = summaries.value.find(({ room }) => room === name)?.head ?? 0
  return Math.max(listed, openRooms.value.get(name)?.messages.value.at(-1)?.seq ?? 0)
}

function removeOpenRoom(name: string): void {
  openRooms.value = new Map([...openRooms.value].filter(([other]) => other !== name))
}
