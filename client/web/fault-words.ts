import type { FaultCode } from '../../protocol/faults.ts'
import { asFault } from '../sdk/fault.ts'

/**
 * Texts for the page, where the server's message names commands, which only helps developers. `bad_input` has none: the
 * server's message names the field and its limit.
 */
const texts: Partial<Record<FaultCode, string>> = {
  unauthorized: 'Your session has ended. Sign in again.',
  token_expired: 'Your session has ended. Sign in again.',
  too_many_connections: 'You have too many windows open. Close another one, and this one will connect automatically.',
  forbidden_origin: "This chat can't be opened from this address. Ask its administrator for the right one.",
  not_in_room: "You're no longer in this room. Open it again.",
  not_admitted: 'This is a private conversation between two people.',
  reserved_room: "That room name isn't allowed. Choose another one.",
  not_author: 'You can only change your own messages.',
  not_found: 'Not found. It may have been removed.',
  no_such_entry: 'That message no longer exists.',
  no_such_user: 'That person is no longer registered.',
  deleted: 'That message was deleted.',
  stale_epoch: 'This room was reset, so that message no longer exists.',
  too_large: "That's too long. Shorten it and try again.",
  rate_limited: "You're sending too fast. Wait a moment, then try again.",
  unavailable: 'Something went wrong. Try again in a moment.',
}

export function faultText(error: unknown): string {
  const { code, message } = asFault(error)
  return texts[code] ?? message
}
