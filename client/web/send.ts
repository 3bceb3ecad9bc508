import { Discarded } from '../sdk/fault.ts'
import type { Settled } from '../sdk/outbox.ts'
import { type FailedMessage, holdsText } from './failed-messages.ts'
import { faultText } from './fault-words.ts'
import type { OpenRoom } from './open-room.ts'
import { runCommand } from './run-command.ts'
import { chat, current, notice, open } from './state.ts'

const QUOTED_CHARS = 60

/** Says what is written there, once, however long that takes; `refused` draws it if nobody will take it. */
export function sendMessage(room: OpenRoom, text: string): void {
  const { editing, replying } = room.writing
  const [edited, answered] = [editing.value, replying.value]
  room.writing.sent()
  typing(room, false)
  if (edited) {
    if (text !== edited.text) void ignoreFault(chat.value?.edit(room.name, edited.seq, text))
    return
  }
  void ignoreFault(chat.value?.send(room.name, text, answered ? { replyTo: answered.seq } : {}))
  room.newSince.value = undefined
  room.said.value++
}

export const remove = (room: OpenRoom, seq: number) => runCommand((client) => client.delete(room.name, seq))
export const react = (room: OpenRoom, seq: number, emoji: string, on: boolean) =>
  runCommand((client) => client.react(room.name, seq, emoji, on))
export const typing = (room: OpenRoom, typing: boolean) => chat.value?.typing(room.name, typing)

export const sendAgain = (clientId: string) => chat.value?.sendAnyway(clientId)
export const discard = (clientId: string) => chat.value?.discard(clientId)

/** What was refused is said as if it were new; not to a message that is gone. */
export function retry(room: OpenRoom, one: FailedMessage): void {
  const { command, input } = one.letter
  room.forgive(one)
  if (command === 'message:edit') void ignoreFault(chat.value?.edit(room.name, input.seq, input.text))
  else {
    const replyTo = one.fault.code === 'stale_epoch' ? undefined : input.replyTo
    void ignoreFault(chat.value?.send(room.name, input.text, { replyTo }))
  }
}

/** What the cluster will not take is drawn where it was to stand; who is elsewhere is told. */
export function refused({ pending, restored, fault }: Settled): void {
  if (!fault || fault instanceof Discarded) return
  const room = open.value.get(pending.input.room)
  if (room && holdsText(pending)) room.refuse(pending, fault)
  else if (!restored) return
  if (room && holdsText(pending) && current.value === room.name) return
  const text = 'text' in pending.input ? pending.input.text : ''
  const quoted = text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text
  notice.value = `${quoted ? `“${quoted}”` : 'Something that you did before'} was not sent. ${faultText(fault)}`
}

/** How a letter ends is told by `settled`. */
async function ignoreFault(said?: Promise<unknown>): Promise<void> {
  await said?.catch(() => {})
}
