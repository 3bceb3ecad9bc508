import { batch } from '@preact/signals'
import { Discarded } from '../sdk/fault.ts'
import type { Message } from '../sdk/timeline.ts'
import { attempt } from './attempt.ts'
import type { OpenRoom } from './open-room.ts'
import { chat } from './state.ts'

/** Says it once, however long that takes; what was refused goes back to where it was written. */
export async function say(room: OpenRoom, text: string): Promise<void> {
  const [editing, replying] = [room.editing.value, room.replying.value]
  batch(() => {
    room.draft.value = ''
    room.editing.value = undefined
    room.replying.value = undefined
  })
  typing(room, false)
  const fault = await attempt((client) =>
    editing
      ? client.edit(room.name, editing.seq, text)
      : client.send(room.name, text, replying ? { replyTo: replying.seq } : {}),
  )
  if (!fault || fault instanceof Discarded || room.draft.value !== '') return
  // In a room that has begun anew, the number of a message that is gone belongs to another.
  const there = (message?: Message) => (message && room.find(message.seq)?.at === message.at ? message : undefined)
  batch(() => {
    room.draft.value = text
    room.editing.value = there(editing)
    room.replying.value = there(replying)
  })
}

export const remove = (room: OpenRoom, seq: number) => attempt((client) => client.delete(room.name, seq))
export const react = (room: OpenRoom, seq: number, emoji: string, on: boolean) =>
  attempt((client) => client.react(room.name, seq, emoji, on))
export const typing = (room: OpenRoom, typing: boolean) => chat.value?.typing(room.name, typing)

export const sendAgain = (clientId: string) => chat.value?.sendAnyway(clientId)
export const discard = (clientId: string) => chat.value?.discard(clientId)
