import { batch } from '@preact/signals'
import { addressed, addressOf } from './address.ts'
import { attempt } from './attempt.ts'
import { inWords } from './fault-words.ts'
import { OpenRoom } from './open-room.ts'
import { isDirect } from './room-names.ts'
import { chat, condition, current, LOBBY, mention, notice, open, panel, summaries } from './state.ts'

/** Shows a room, and joins it first if need be. */
export function show(name: string): void {
  batch(() => {
    current.value = name
    panel.value = undefined
  })
  if (addressed() !== name) location.hash = addressOf(name)
  join(name)
}

export async function showDirect(user: string): Promise<void> {
  await attempt(async (client) => show(await client.openDirect(user)))
}

export async function leaveRoom(name: string): Promise<void> {
  forget(name)
  if (current.value === name) show(LOBBY)
  await attempt((client) => client.leave(name))
}

export function join(name: string): void {
  const client = chat.value
  if (!client || open.value.has(name)) return
  const room = new OpenRoom(name, client)
  room.read.value = summaries.value.find((summary) => summary.room === name)?.read
  room.letters.value = client.letters(name)
  open.value = new Map([...open.value, [name, room]])
  client.join(name).then(
    () => {
      room.ready.value = true
    },
    (error) => {
      if (!open.value.has(name)) return
      forget(name)
      notice.value = inWords(error)
      if (current.value === name) show(LOBBY)
    },
  )
}

function forget(name: string): void {
  open.value = new Map([...open.value].filter(([other]) => other !== name))
}

/** Asks for all rooms. Direct ones with news are joined, so that what comes next comes at once. */
export async function list(): Promise<void> {
  const client = chat.value
  if (!client || condition.value.state !== 'live') return
  try {
    const { rooms } = await client.rooms()
    summaries.value = rooms
    mention(rooms.flatMap(({ last }) => (last ? [last.by] : [])))
    for (const { room, unread, read } of rooms) {
      if (isDirect(room) && unread > 0) join(room)
      const known = open.value.get(room)
      if (known) known.read.value = Math.max(known.read.value ?? 0, read)
    }
  } catch {
    // The next round asks again.
  }
}
