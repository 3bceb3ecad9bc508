import { signal } from '@preact/signals'
import { storedValue } from './local-storage.ts'
import { LOBBY } from './state.ts'

/** The number of rooms that are joined again on the next visit. The server allows 100 per connection. */
const MAX_ROOMS = 40

const storedRooms = storedValue<string[]>('hubbub.rooms', [])
const storedClosed = storedValue<Record<string, number>>('hubbub.closed', {})

/** Joined public rooms, the newest last, without the lobby, which is always joined. */
export const myRooms = signal<readonly string[]>(storedRooms.read())
/** Closed direct rooms with their head at that time. A newer entry reopens the room. */
const closed = signal<Readonly<Record<string, number>>>(storedClosed.read())

export function rememberRoom(room: string): void {
  // Read the storage again: another tab may have added rooms.
  const rooms = storedRooms.read()
  if (room !== LOBBY && !rooms.includes(room)) saveRooms([...rooms, room].slice(-MAX_ROOMS))
}

export const forgetRoom = (room: string): void => saveRooms(storedRooms.read().filter((other) => other !== room))

export function closeDirect(room: string, head: number): void {
  saveClosed({ ...storedClosed.read(), [room]: head })
}

export function reopenDirect(room: string): void {
  if (!(room in closed.value)) return
  const { [room]: _, ...others } = storedClosed.read()
  saveClosed(others)
}

export const isClosed = (room: string, head: number): boolean => head <= (closed.value[room] ?? -1)

/** Called on sign-out, because another user may sign in next. */
export function clearMyRooms(): void {
  saveRooms([])
  saveClosed({})
}

function saveRooms(rooms: readonly string[]): void {
  myRooms.value = rooms
  storedRooms.write([...rooms])
}

function saveClosed(rooms: Readonly<Record<string, number>>): void {
  closed.value = rooms
  storedClosed.write(rooms)
}
