import type { PendingCommand } from '../sdk/pending-command.ts'
import type { Message } from '../sdk/timeline.ts'
import { sameDay } from './days.ts'
import type { FailedMessage } from './failed-messages.ts'

/** What one person says within this time stands under one name. */
export const ONE_TURN_MS = 5 * 60_000

/** One line of a room as it is drawn, from the oldest to the newest. */
export type Row =
  | ({ readonly kind: 'message'; readonly key: string; readonly message: Message } & Above)
  | ({
      readonly kind: 'letter'
      readonly key: string
      readonly letter: PendingCommand
      readonly refused?: FailedMessage
    } & Above)
  | { readonly kind: 'seen'; readonly key: string }

interface Above {
  /** Begins a day: Unix milliseconds of that day. */
  readonly day?: number
  /** The first one that was not read before. */
  readonly firstNew?: true
  /** Goes on where the one above it ended. */
  readonly follows: boolean
}

interface Room {
  messages: readonly Message[]
  unsaid: readonly PendingCommand[]
  refused: readonly FailedMessage[]
  /** What came after this seq is new. */
  newSince?: number
  /** Our own id. */
  me: string
  seen: boolean
}

export function rowsOf({ messages, unsaid, refused, newSince, me, seen }: Room): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  let news = newSince === undefined
  for (const message of messages) {
    const firstNew = !news && message.seq > newSince! && message.by.id !== me
    news ||= firstNew
    const day = !before || !sameDay(before.at, message.at) ? message.at : undefined
    const follows = day === undefined && !firstNew && continues(before, message)
    rows.push({ kind: 'message', key: keyOf(message, me), message, day, firstNew: firstNew || undefined, follows })
    before = message
  }
  for (const one of [...refused, ...unsaid.map((pendingCommand) => ({ letter: pendingCommand, fault: undefined }))]) {
    const { letter, fault } = one
    const above = rows.at(-1)
    const follows = above?.kind === 'letter' || (above?.kind === 'message' && isRecent(above.message, letter, me))
    rows.push({ kind: 'letter', key: `mine:${letter.input.clientId}`, letter, refused: fault && one, follows })
  }
  if (seen) rows.push({ kind: 'seen', key: 'seen' })
  return rows
}

/** What was waiting, and then is said, stays the same line. */
function keyOf({ seq, clientId, by }: Message, me: string): string {
  return clientId !== undefined && by.id === me ? `mine:${clientId}` : `${seq}`
}

function continues(before: Message | undefined, { by, at, replyTo }: Message): boolean {
  return before?.by.id === by.id && at - before.at < ONE_TURN_MS && replyTo === undefined
}

function isRecent({ by, at }: Message, { command, input, writtenAt = at }: PendingCommand, me: string): boolean {
  const answers = command === 'message:send' && input.replyTo !== undefined
  return by.id === me && writtenAt - at < ONE_TURN_MS && !answers
}
