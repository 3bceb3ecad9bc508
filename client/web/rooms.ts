import { batch } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { ChatClient, ChatEvents } from '../sdk/client.ts'
import { addressed, addressOf, ROOMS } from './address.ts'
import { faultText } from './fault-words.ts'
import { isPutAway, myRooms, noLongerIn, putAway, stayIn, takeOut } from './my-rooms.ts'
import { OpenRoom } from './open-room.ts'
import { isDirect, isMatch } from './room-names.ts'
import { runCommand } from './run-command.ts'
import { chat, connectionState, current, dialog, LOBBY, notice, open, pane, panel, summaries } from './state.ts'
import { mention } from './users.ts'

/** Direct rooms that are joined unasked, so that they are heard at once, and one's presence is seen there. */
const DIRECT_MOST = 20
/** Pages of 100 rooms. */
const PAGES_MOST = 3
/** A connection that reads too slowly is given time before it is asked for more. */
const LIST_AGAIN_MS = 10_000

/** Shows a room, and joins it first if need be. */
export function show(name: string): void {
  batch(() => {
    current.value = name
    pane.value = 'room'
    panel.value = undefined
    dialog.value = undefined
  })
  if (addressed() !== name) location.hash = addressOf(name)
  if (isDirect(name)) takeOut(name)
  else stayIn(name)
  join(name)
}

/** Shows what the page's address names. Without a room in it, the list of rooms lies behind the lobby, a step back. */
export function showAddressed(): void {
  const name = addressed()
  if (!name) history.replaceState(null, '', ROOMS)
  show(name ?? LOBBY)
}

export async function showDirect(user: string): Promise<void> {
  await runCommand(async (client) => show(await client.openDirect(user)))
}

/** Leaves a public room; a direct one is put away until there is something new in it. */
export async function leaveRoom(name: string): Promise<void> {
  if (isDirect(name)) putAway(name, headOf(name))
  else noLongerIn(name)
  forget(name)
  if (current.value === name) show(LOBBY)
  await runCommand((client) => client.leave(name))
}

export function join(name: string): void {
  const client = chat.value
  if (!client || open.value.has(name)) return
  const room = new OpenRoom(name, client)
  const listed = summaries.value.find((summary) => summary.room === name)
  if (listed) room.readUpTo(listed.read)
  room.letters.value = client.pendingCommands(name)
  open.value = new Map([...open.value, [name, room]])
  client.join(name).then(
    () => {
      room.ready.value = true
      // Until it is known what was read, nothing new can be told from what is old.
      if (room.read.value === undefined) void list()
    },
    (error) => {
      if (open.value.get(name) !== room) return
      forget(name)
      noLongerIn(name)
      notice.value = faultText(error)
      if (current.value === name) show(LOBBY)
    },
  )
}

/** Where one stays, on a new visit. */
export function joinMine(): void {
  for (const name of [LOBBY, ...myRooms.value]) join(name)
}

/** Asks for all rooms, and joins those direct ones that matter. */
export async function list(): Promise<void> {
  const client = chat.value
  if (!client || connectionState.value.state !== 'live') return
  try {
    const rooms: RoomSummary[] = []
    let after: string | undefined
    for (let pages = 0; pages < PAGES_MOST; pages++) {
      const page = await client.rooms({ after, order: 'activity' })
      rooms.push(...page.rooms)
      after = page.next
      if (after === undefined) break
    }
    if (after !== undefined && client.features.has('rooms')) rooms.push(...(await othersOpen(client, rooms)))
    if (client === chat.value) take(rooms)
  } catch {
    // The next round asks again.
  }
}

/** Of rooms that we are in and that have been quiet for longer than those that were listed. */
async function othersOpen(client: ChatClient, rooms: readonly RoomSummary[]): Promise<RoomSummary[]> {
  const listed = new Set(rooms.map(({ room }) => room))
  const missing = [...open.peek().keys()].filter((name) => !listed.has(name) && !isDirect(name) && !isMatch(name))
  const pages = await Promise.all(missing.map((query) => client.rooms({ order: 'name', query })))
  return pages.flatMap((page, i) => page.rooms.filter(({ room }) => room === missing[i]))
}

/** What a node tells of the list, without being asked again. */
export function takeChange({ changed, removed, stale }: ChatEvents['rooms']): void {
  const rooms = new Map(summaries.peek().map((summary) => [summary.room, summary]))
  for (const summary of changed) rooms.set(summary.room, summary)
  for (const room of removed) rooms.delete(room)
  take([...rooms.values()])
  if (stale) setTimeout(list, LIST_AGAIN_MS)
}

function take(rooms: RoomSummary[]): void {
  batch(() => {
    summaries.value = rooms
    mention(rooms.flatMap(({ last, with: other }) => [...(last ? [last.by] : []), ...(other ? [other] : [])]))
    const read = new Map(rooms.map(({ room, read }) => [room, read]))
    for (const room of open.value.values()) room.readUpTo(read.get(room.name) ?? 0)
  })
  const direct = rooms.filter(({ room, head }) => isDirect(room) && !isPutAway(room, head))
  direct.sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0))
  for (const { room } of direct.slice(0, DIRECT_MOST)) join(room)
}

function headOf(name: string): number {
  const listed = summaries.value.find(({ room }) => room === name)?.head ?? 0
  return Math.max(listed, open.value.get(name)?.messages.value.at(-1)?.seq ?? 0)
}

function forget(name: string): void {
  open.value = new Map([...open.value].filter(([other]) => other !== name))
}
