import type { RoomSummary } from '../../protocol/commands.ts'
import type { User } from '../../protocol/people.ts'
import { directPeople } from '../../protocol/room.ts'
import { FaultError } from './fault-error.ts'
import type { RoomDirectoryStore, RoomState, UserDirectory } from './ports.ts'
import type { RoomDirectory } from './room-directory.ts'
import { activityOf, byActivity } from './room-order.ts'

/** A user's direct rooms that are sorted and searched, the first by name. */
const DIRECT_ROOMS_MAX = 500

interface Source {
  rooms: RoomDirectoryStore
  users: Pick<UserDirectory, 'findAll'>
  directory: RoomDirectory
}

/** What the list says to somebody of rooms: the states, with what they have read. */
export async function summariesFor(
  roomStore: Pick<RoomDirectoryStore, 'readMarks'>,
  user: string,
  states: readonly RoomState[],
): Promise<RoomSummary[]> {
  const marks = await roomStore.readMarks(user, states)
  return states.map(({ room, online, head, messages, last }, i) => {
    const read = marks[i]!
    return { room, online, head, read: read.seq, unread: messages - read.messages, ...(last && { last }) }
  })
}

/** Public rooms where anything was said or anyone is, the lobby, and the user's direct rooms, by name. */
export async function listByName(
  roomStore: RoomDirectoryStore,
  user: string,
  { after, limit }: { after?: string; limit: number },
): Promise<{ states: RoomState[]; next?: string }> {
  const states: RoomState[] = []
  // Rooms that turn out to be empty leave the list, so a page is soon full.
  for (let from = after; ; ) {
    const page = { after: from, limit: limit + 1 }
    const found = await Promise.all([roomStore.publicRooms(page), roomStore.directRooms(user, page)])
    const names = [...new Set(found.flat())].sort().slice(0, limit + 1)
    states.push(...(await roomStore.states(names)).filter((state) => state !== undefined))
    if (states.length > limit) return { states: states.slice(0, limit), next: states[limit - 1]!.room }
    if (names.length <= limit) return { states }
    from = names.at(-1)!
  }
}

/**
 * Public rooms and the user's direct rooms whose name, or the name of the other person in a direct room, contains
 * `query`, in any letter case. By activity `next` is "<at>:<room>", a place in the order: a room that moves to the front
 * between two pages is not skipped, nor does the list begin again.
 */
export async function listSorted(
  { rooms: roomStore, users, directory }: Source,
  user: string,
  page: { order: 'name' | 'activity'; query?: string; after?: string; limit: number },
): Promise<{ states: RoomState[]; next?: string }> {
  const { order, limit } = page
  const query = page.query?.toLowerCase() ?? ''
  const place = order === 'activity' ? placeOf(page.after) : undefined
  const [direct] = await Promise.all([directRooms(), directory.refresh()])
  const isWanted = ({ room }: RoomState) => room.includes(query)
  const all = order === 'activity' ? limit + 1 : Number.POSITIVE_INFINITY
  const states = [...directory.byActivity(place, all, isWanted), ...direct]
  if (order === 'activity') states.sort(byActivity)
  else states.sort((one, other) => (one.room < other.room ? -1 : 1))
  const behind = states.filter((state) =>
    place ? byActivity(place, state) < 0 : order === 'activity' || state.room > (page.after ?? ''),
  )
  const last = behind[limit - 1]
  if (behind.length <= limit || !last) return { states: behind }
  return {
    states: behind.slice(0, limit),
    next: order === 'activity' ? `${activityOf(last)}:${last.room}` : last.room,
  }

  async function directRooms(): Promise<RoomState[]> {
    const rooms = await roomStore.directRooms(user, { limit: DIRECT_ROOMS_MAX })
    const others = query === '' ? [] : await users.findAll(rooms.map((room) => otherOf(room, user)))
    const wanted = rooms.filter((_, i) => query === '' || others[i]?.name.toLowerCase().includes(query))
    return (await roomStore.states(wanted)).filter((state) => state !== undefined)
  }
}

/** Summaries of direct rooms with the other person, while they are remembered. */
export async function withOthers(
  users: Pick<UserDirectory, 'findAll'>,
  user: string,
  summaries: readonly RoomSummary[],
): Promise<RoomSummary[]> {
  const ids = [...new Set(summaries.flatMap(({ room }) => otherOf(room, user) || []))]
  if (ids.length === 0) return [...summaries]
  const found = await users.findAll(ids)
  const known = new Map<string, User>(found.flatMap((other) => (other ? [[other.id, other] as const] : [])))
  return summaries.map((summary) => {
    const other = known.get(otherOf(summary.room, user))
    return other ? { ...summary, with: other } : summary
  })
}

const otherOf = (room: string, user: string): string => directPeople(room)?.find((id) => id !== user) ?? ''

function placeOf(after: string | undefined) {
  if (after === undefined) return undefined
  const [, at, room] = /^(\d{1,16}):(.+)$/.exec(after) ?? []
  if (at === undefined || room === undefined) {
    throw new FaultError('bad_input', '"after" must be the "next" of the page before, in the same order.')
  }
  return { room, last: { at: Number(at) } }
}
