import { computed } from '@preact/signals'
import type { RoomSummary } from '../../protocol/commands.ts'
import type { User } from '../../protocol/people.ts'
import { isPutAway, myRooms } from './my-rooms.ts'
import { isDirect, otherPerson, titleOf } from './room-names.ts'
import { LOBBY, open, summaries } from './state.ts'

/** What the list says of one room. */
export interface RoomRow {
  readonly room: string
  readonly title: string
  /** Of a direct room: the other one. */
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

/** The rooms that one is in, one's talks with single people, and the others; the latest word first. */
export const rows = computed(() => {
  const listed = new Map(summaries.value.map((summary) => [summary.room, summary]))
  const mine = new Set([LOBBY, ...myRooms.value, ...open.value.keys()])
  const direct = summaries.value.flatMap(({ room, head }) => (isDirect(room) && !isPutAway(room, head) ? [room] : []))
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
  const joined = open.value.get(room)
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

/** A list knows the newest message as it was first said; in a room that we are in, what became of it. */
function lineOf(listed: RoomSummary | undefined, heard: LastLine | undefined): LastLine | undefined {
  if (heard) return heard
  const last = listed?.last
  return last && { by: last.by, at: last.at, text: last.text ?? '', deleted: last.deleted }
}
