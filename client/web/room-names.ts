import { ROOM_NAME, ROOM_NAME_MAX_CHARS } from '../../protocol/room-name.ts'
import { me, names } from './users.ts'

const DIRECT = 'direct:'
const MATCH = 'match:'

export const isDirect = (room: string): boolean => room.startsWith(DIRECT)
/** The room of two strangers, which is shown apart from the others. */
export const isMatch = (room: string): boolean => room.startsWith(MATCH)

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

/** What somebody typed, as a room's name may be: “Café Noir” is meant as `cafe-noir`. */
export function asRoomName(typed: string): string {
  const plain = typed.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.trim().replace(/^#/, '').trim().replace(/\s+/g, '-')
}

/** Why a room cannot have that name, in words; undefined if it can. */
export function roomNameProblem(name: string): string | undefined {
  if (name === '') return 'Type a name.'
  const odd = [...name].find((letter) => !/[a-z0-9:_-]/.test(letter))
  if (odd) return `“${odd}” will not do: use a–z, 0–9, hyphen, underscore and colon.`
  if (!/^[a-z0-9]/.test(name)) return 'Begin with a letter or a digit.'
  if (name.length > ROOM_NAME_MAX_CHARS) return `That is ${name.length} letters; ${ROOM_NAME_MAX_CHARS} will do.`
  if (isDirect(name)) return 'To talk to one person, choose them among the members.'
  if (isMatch(name)) return `Names beginning with “${MATCH}” are taken.`
  return ROOM_NAME.test(name) ? undefined : 'A room cannot have that name.'
}
