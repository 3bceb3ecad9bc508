import type { PendingCommand } from '../sdk/pending-command.ts'
import type { Message } from '../sdk/timeline.ts'
import { sameDay } from './days.ts'
import type { FailedMessage } from './failed-messages.ts'

/** Consecutive messages of one author within this time share one heading. */
export const GROUP_MS = 5 * 60_000

/** One row of the message list, ordered from the oldest to the newest. */
export type Row =
  | ({ readonly kind: 'message'; readonly key: string; readonly message: Message } & Above)
  | ({
      readonly kind: 'pending'
      readonly key: string
      readonly pendingCommand: PendingCommand
      readonly failed?: FailedMessage
    } & Above)
  | { readonly kind: 'seen'; readonly key: string }

interface Above {
  /** Set on the first row of a day: Unix milliseconds within that day. */
  readonly day?: number
  /** True on the first unread message. */
  readonly firstNew?: true
  /** True when the row continues the group of the row above, so it has no heading. */
  readonly follows: boolean
}

interface Room {
  messages: readonly Message[]
  pendingMessages: readonly PendingCommand[]
  failedMessages: readonly FailedMessage[]
  /** Messages with a higher seq are new. */
  newSince?: number
  /** The id of the signed-in user. */
  me: string
  hasReaders: boolean
}

export function rowsOf({ messages, pendingMessages, failedMessages, newSince, me, hasReaders }: Room): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  let foundNew = newSince === undefined
  for (const message of messages) {
    const firstNew = !foundNew && message.seq > newSince! && message.by.id !== me
    foundNew ||= firstNew
    const day = !before || !sameDay(before.at, message.at) ? message.at : undefined
    const follows = day === undefined && !firstNew && continues(before, message)
    rows.push({ kind: 'message', key: keyOf(message, me), message, day, firstNew: firstNew || undefined, follows })
    before = message
  }
  for (const item of [
    ...failedMessages,
    ...pendingMessages.map((pendingCommand) => ({ pendingCommand, fault: undefined })),
  ]) {
    const { pendingCommand, fault } = item
    const above = rows.at(-1)
    const follows =
      above?.kind === 'pending' || (above?.kind === 'message' && isRecent(above.message, pendingCommand, me))
    rows.push({
      kind: 'pending',
      key: `mine:${pendingCommand.input.clientId}`,
      pendingCommand,
      failed: fault && item,
      follows,
    })
  }
  if (hasReaders) rows.push({ kind: 'seen', key: 'seen' })
  return rows
}

/** A pending message keeps its key when its entry arrives, so its row is not remounted. */
function keyOf({ seq, clientId, by }: Message, me: string): string {
  return clientId !== undefined && by.id === me ? `mine:${clientId}` : `${seq}`
}

function continues(before: Message | undefined, { by, at, replyTo }: Message): boolean {
  return before?.by.id === by.id && at - before.at < GROUP_MS && replyTo === undefined
}

function isRecent({ by, at }: Message, { command, input, writtenAt = at }: PendingCommand, me: string): boolean {
  const answers = command === 'message:send' && input.replyTo !== undefined
  return by.id === me && writtenAt - at < GROUP_MS && !answers
}
