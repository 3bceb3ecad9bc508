import { Discarded } from '../sdk/fault.ts'
import type { Settled } from '../sdk/outbox.ts'
import { type FailedMessage, holdsText } from './failed-messages.ts'
import { faultText } from './fault-words.ts'
import type { OpenRoom } from './open-room.ts'
import { runCommand } from './run-command.ts'
import { chat, currentName, notice, openRooms } from './state.ts'

const QUOTED_CHARS = 60

/** Sends the composer's text, or saves the edit. Delivery is retried by the client; `showRejected` shows a rejection. */
export function sendMessage(room: OpenRoom, text: string): void {
  const { editing, replyTo: replying } = room.draft
  const [edited, answered] = [editing.value, replying.value]
  room.draft.clear()
  typing(room, false)
  if (edited) {
    if (text !== edited.text) void ignoreErrors(chat.value?.edit(room.name, edited.seq, text))
    return
  }
  void ignoreErrors(chat.value?.send(room.name, text, answered ? { replyTo: answered.seq } : {}))
  room.newSince.value = undefined
  room.sentCount.value++
}

export const remove = (room: OpenRoom, seq: number) => runCommand((client) => client.delete(room.name, seq))
export const react = (room: OpenRoom, seq: number, emoji: string, on: boolean) =>
  runCommand((client) => client.react(room.name, seq, emoji, on))
export const typing = (room: OpenRoom, typing: boolean) => chat.value?.typing(room.name, typing)

export const sendAgain = (clientId: string) => chat.value?.sendAnyway(clientId)
export const discard = (clientId: string) => chat.value?.discard(clientId)

/** Sends a rejected message or edit again. A reply to a log that was reset becomes an ordinary message. */
export function retry(room: OpenRoom, one: FailedMessage): void {
  const { command, input } = one.pendingCommand
  room.dismissFailed(one)
  if (command === 'message:edit') void ignoreErrors(chat.value?.edit(room.name, input.seq, input.text))
  else {
    const replyTo = one.fault.code === 'stale_epoch' ? undefined : input.replyTo
    void ignoreErrors(chat.value?.send(room.name, input.text, { replyTo }))
  }
}

/** Adds a rejected message to its room, and shows a notice if that room is not visible. */
export function showRejected({ pending, restored, fault }: Settled): void {
  if (!fault || fault instanceof Discarded) return
  const room = openRooms.value.get(pending.input.room)
  if (room && holdsText(pending)) room.addFailed(pending, fault)
  else if (!restored) return
  if (room && holdsText(pending) && currentName.value === room.name) return
  const text = 'text' in pending.input ? pending.input.text : ''
  const quoted = text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text
  notice.value = `${quoted ? `“${quoted}”` : 'An earlier change'} was not sent. ${faultText(fault)}`
}

/** Avoids unhandled rejections; the `settled` event reports the outcome. */
async function ignoreErrors(said?: Promise<unknown>): Promise<void> {
  await said?.catch(() => {})
}
