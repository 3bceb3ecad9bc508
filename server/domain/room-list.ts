import type { RoomSummary } from '../../protocol/commands.ts'
import type { User } from '../../protocol/people.ts'
import { directPeople } from '../../protocol/room.ts'
import { FaultError } from './fault-error.ts'
import type { RoomDirectoryStore, RoomState, UserDirectory } from './ports.ts'
import type { RoomDirectory } from './room-directory.ts'
import { activityOf, byActivity } from './room-order.ts'

/** The maximum number of a user's direct rooms that are sorted and searched; the first ones by name. */
const DIRECT_ROOMS_MAX = 500

interface Source {
  rooms: RoomDirectoryStore
  users: Pick<UserDirectory, 'findAll'>
  directory: RoomDirectory
}

/** Summaries of rooms for a user: the states with the user's read marks. */
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

/** Public rooms with messages or online users, the lobby, and the user's direct rooms, sorted by name. */
export async function listByName(
  roomStore: RoomDirectoryStore,
  user: string,
  { after, limit }: { after?: string; limit: number },
): Promise<{ states: RoomState[]; next?: string }> {
  const states: RoomState[] = []
  // Empty rooms have no state and are skipped, so a page may need several reads.
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
 * Public rooms and the user's direct rooms whose name, or the name of the other user of a direct room, contains `query`,
 * ignoring case. With `order: 'activity'`, `next` is "<at>:<room>", a position in the sort order, so that paging continues
 * correctly when the last room of a page has new messages in the meantime.
 */
export async function listSorted(
  { rooms: roomStore, users, directory }: Source,
  user: string,
  page: { order: 'name' | 'activity'; query?: string; after?: string; limit: number },
): Promise<{ states: RoomState[]; next?: string }> {
  const { order, limit } = page
  const query = page.query?.toLowerCase() ?? ''
  const position = order === 'activity' ? positionOf(page.after) : undefined
  const [direct] = await Promise.all([directRooms(), directory.refresh()])
  const isWanted = ({ room }: RoomState) => room.includes(query)
  const all = order === 'activity' ? limit + 1 : Number.POSITIVE_INFINITY
  const states = [...directory.byActivity(position, all, isWanted), ...direct]
  if (order === 'activity') states.sort(byActivity)
  else states.sort((one, other) => (one.room < other.room ? -1 : 1))
  const remaining = states.filter((state) =>
    position ? byActivity(position, state) < 0 : order === 'activity' || state.room > (page.after ?? ''),
  )
  const last = remaining[limit - 1]
  if (remaining.length <= limit || !last) return { states: remaining }
  return {
    states: remaining.slice(0, limit),
    next: order === 'activity' ? `${activityOf(last)}:${last.room}` : last.room,
  }

  async function directRooms(): Promise<RoomState[]> {
    const rooms = await roomStore.directRooms(user, { limit: DIRECT_ROOMS_MAX })
    const others = query === '' ? [] : await users.findAll(rooms.map((room) => otherOf(room, user)))
    const wanted = rooms.filter((_, i) => query === '' || others[i]?.name.toLowerCase().includes(query))
    return (await roomStore.states(wanted)).filter((state) => state !== undefined)
  }
}

/** Adds the other user to the summaries of direct rooms, if the store still knows that user. */
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

function positionOf(after: string | undefined) {
  if (after === undefined) return undefined
  const [, at, room] = /^(\d{1,16}):(.+)$/.exec(after) ?? []
  if (at === undefined || room === undefined) {
    throw new FaultError('bad_input', '"after" must be the "next" of the page before, in the same order.')
  }
  return { room, last: { at: Number(at) } }
}
