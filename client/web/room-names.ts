import { me, names } from './state.ts'

const DIRECT = 'direct:'

export const isDirect = (room: string): boolean => room.startsWith(DIRECT)

/** The id of the other person in a direct room. */
export function otherPerson(room: string): string | undefined {
  const people = room.slice(DIRECT.length).split(':')
  return isDirect(room) ? people.find((id) => id !== me.value?.id) : undefined
}

/** What people call a room: its name, or the name of the other person. */
export function titleOf(room: string): string {
  const other = otherPerson(room)
  return other === undefined ? room : (names.value.get(other) ?? 'Somebody')
}

/** What somebody typed, as a room's name may be. */
export function asRoomName(typed: string): string {
  return typed.trim().toLowerCase().replace(/^#/, '').replace(/\s+/g, '-')
}
