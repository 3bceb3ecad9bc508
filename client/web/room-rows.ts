import { computed } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { User } from '../../protocol/people.ts'
import { isClosed, myRooms } from './my-rooms.ts'
import { isDirect, otherPerson, titleOf } from './room-names.ts'
import { LOBBY, openRooms, summaries } from './state.ts'

/** One row of the room list. */
export interface RoomRow {
  readonly room: string
  readonly title: string
  /** The other user of a direct room. */
  readonly person?: User
  readonly last?: LastLine
  readonly online: number
}

interface LastLine {
  readonly by: User
  readonly at: number
  readonly text: string
  readonly deleted?: boolean
}

/** Joined rooms, direct rooms and other rooms, each sorted by the time of the last message, newest first. */
export const rows = computed(() => {
  const listed = new Map(summaries.value.map((summary) => [summary.room, summary]))
  const mine = new Set([LOBBY, ...myRooms.value, ...openRooms.value.keys()])
  const direct = summaries.value.flatMap(({ room, head }) => (isDirect(room) && !isClosed(room, head) ? [room] : []))
  const all = [...new Set([...mine, ...direct, ...listed.keys()])].map((room) => rowOf(room, listed.get(room)))
  all.sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0) || one.title.localeCompare(other.title))
  const shown = new Set([...mine, ...direct])
  return {
    mine: all.filter(({ room }) => mine.has(room) && !isDirect(room)),
    direct: all.filter(({ room }) => shown.has(room) && isDirect(room)),
    others: all.filter(({ room }) => !shown.has(room) && !isDirect(room)),
  }
})

function rowOf(room: string, listed: RoomSummary | undefined): RoomRow {
  const joined = openRooms.value.get(room)
  const title = titleOf(room)
  const other = otherPerson(room)
  return {
    room,
    title,
    person: other === undefined ? undefined : { id: other, name: title },
    last: lineOf(listed, joined?.messages.value.at(-1)),
    online: joined?.ready.value ? joined.online.value : (listed?.online ?? 0),
  }
}

/** An open room is preferred, because it includes edits and deletions of the last message; a summary does not. */
function lineOf(listed: RoomSummary | undefined, heard: LastLine | undefined): LastLine | undefined {
  if (heard) return heard
  const last = listed?.last
  return last && { by: last.by, at: last.at, text: last.text ?? '', deleted: last.deleted }
}
