import { z } from 'zod'
import { ROOM_NAME, ROOM_NAME_MAX_CHARS } from './room-name.ts'

export const LOBBY = 'lobby'
export const DIRECT = 'direct:'
export const MATCH = 'match:'

export const RoomName = z
  .string()
  .regex(
    ROOM_NAME,
    `must be 1–${ROOM_NAME_MAX_CHARS} of a–z, 0–9, colon, underscore and hyphen, and begin with a letter or digit`,
  )
export type RoomName = z.infer<typeof RoomName>

export const isDirect = (room: string): boolean => room.startsWith(DIRECT)
export const isMatch = (room: string): boolean => room.startsWith(MATCH)

/** The direct room of two users; the order of the ids does not matter. */
export function directRoom(one: string, other: string): RoomName {
  return `${DIRECT}${[one, other].sort().join(':')}`
}

/** The ids of a direct room's two users; undefined for any other room. */
export function directPeople(room: RoomName): [string, string] | undefined {
  const [one, other, ...rest] = room.startsWith(DIRECT) ? room.slice(DIRECT.length).split(':') : []
  return one && other && rest.length === 0 ? [one, other] : undefined
}
