import { ROOM_NAME, ROOM_NAME_MAX_CHARS } from '../../protocol/room-name.ts'
import { me, userNames } from './users.ts'

const DIRECT = 'direct:'
const MATCH = 'match:'

export const isDirect = (room: string): boolean => room.startsWith(DIRECT)
/** True for the room of a match between two strangers, which is not part of the room list. */
export const isMatch = (room: string): boolean => room.startsWith(MATCH)

/** The id of the other person in a direct room. */
export function otherPerson(room: string): string | undefined {
  const people = room.slice(DIRECT.length).split(':')
  return isDirect(room) ? people.find((id) => id !== me.value?.id) : undefined
}

/** The displayed name: the room's name, or the other user's name in a direct room. */
export function titleOf(room: string): string {
  const other = otherPerson(room)
  return other === undefined ? room : (userNames.value.get(other) ?? 'Unknown user')
}

/** Normalizes user input to a room name: “Café Noir” becomes `cafe-noir`. */
export function asRoomName(typed: string): string {
  const plain = typed.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.trim().replace(/^#/, '').trim().replace(/\s+/g, '-')
}

/** The reason why a room name is invalid, for display; undefined if it is valid. */
export function roomNameProblem(name: string): string | undefined {
  if (name === '') return 'Enter a name.'
  const odd = [...name].find((letter) => !/[a-z0-9:_-]/.test(letter))
  if (odd) return `Room names can't contain “${odd}”. Use a–z, 0–9, hyphen, underscore and colon.`
  if (!/^[a-z0-9]/.test(name)) return 'Room names must start with a letter or a digit.'
  if (name.length > ROOM_NAME_MAX_CHARS) return `Too long: ${name.length} of ${ROOM_NAME_MAX_CHARS} characters.`
  if (isDirect(name)) return 'To message one person, pick them from the member list.'
  if (isMatch(name)) return `Names starting with “${MATCH}” are reserved.`
  return ROOM_NAME.test(name) ? undefined : "That room name isn't allowed."
}
