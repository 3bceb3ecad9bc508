import { signal } from '@preact/signals'
import { storedSignal } from './local-storage.ts'
import { LOBBY } from './state.ts'

/** So many rooms are joined again by a visit; a connection may be in 100. */
const MOST = 40

const keptRooms = storedSignal<string[]>('hubbub.rooms', [])
const keptClosed = storedSignal<Record<string, number>>('hubbub.closed', {})

/** The public rooms that one came to stay in, the newest last; the lobby is everybody's. */
export const myRooms = signal<readonly string[]>(keptRooms.read())
/** Direct rooms that were put away, each with its head at that time: what is newer brings them back. */
const closed = signal<Readonly<Record<string, number>>>(keptClosed.read())

export function stayIn(room: string): void {
  // Read anew, since another tab may have kept more.
  const rooms = keptRooms.read()
  if (room !== LOBBY && !rooms.includes(room)) keepRooms([...rooms, room].slice(-MOST))
}

export const noLongerIn = (room: string): void => keepRooms(keptRooms.read().filter((other) => other !== room))

export function putAway(room: string, head: number): void {
  keepClosed({ ...keptClosed.read(), [room]: head })
}

export function takeOut(room: string): void {
  if (!(room in closed.value)) return
  const { [room]: _, ...others } = keptClosed.read()
  keepClosed(others)
}

export const isPutAway = (room: string, head: number): boolean => head <= (closed.value[room] ?? -1)

/** Somebody else may sign in here next. */
export function forgetMyRooms(): void {
  keepRooms([])
  keepClosed({})
}

function keepRooms(rooms: readonly string[]): void {
  myRooms.value = rooms
  keptRooms.write([...rooms])
}

function keepClosed(rooms: Readonly<Record<string, number>>): void {
  closed.value = rooms
  keptClosed.write(rooms)
}
