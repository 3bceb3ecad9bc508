import type { FaultCode } from '../../protocol/faults.ts'
import { asFault } from '../sdk/fault.ts'

/** What a program is told says which command to use instead; people are told what to do on this page. */
const words: Partial<Record<FaultCode, string>> = {
  unauthorized: 'Your session has ended. Sign in again.',
  token_expired: 'Your session has ended. Sign in again.',
  too_many_connections:
    'You have this chat open too many times. Close another window, and this one comes in by itself.',
  forbidden_origin: 'This address may not be used for this chat. Ask whoever runs it for the right one.',
  not_in_room: 'You are no longer in this room. Open it again.',
  not_admitted: 'Only the two people whose conversation this is can come in.',
  reserved_room: 'A room cannot have that name. Choose another one.',
  not_author: 'Only the author of a message can change it.',
  no_such_entry: 'That message is no longer there.',
  no_such_user: 'That person has not been here for a long time.',
  deleted: 'That message was deleted.',
  stale_epoch: 'This room has begun anew, so the message that you meant is no longer there.',
  too_large: 'That was too long.',
  rate_limited: 'That was too much at once. Wait a moment, then try again.',
  unavailable: 'That did not work just now. Try again in a moment.',
}

export function faultText(error: unknown): string {
  const { code, message } = asFault(error)
  return words[code] ?? message
}
