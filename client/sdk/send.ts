import type { Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import { HISTORY_MAX_MESSAGES } from '../../protocol/limits.ts'
import type { Request } from './connection.ts'
import { ChatFault } from './fault.ts'
import type { PendingCommand } from './pending-command.ts'

export interface SendDeps {
  call: Request
  /** The last seq that is known of a room's log; undefined before the room was joined. */
  position(room: string): { epoch: string; head: number } | undefined
  /** The cluster's dedupe window: how long it remembers a clientId, in milliseconds. */
  dedupeMs: number
  /** Stores a new version of the pending command. Called before the step that it describes, like a write-ahead log. */
  update(pendingCommand: PendingCommand): void
}

/** Share of the dedupe window that is relied on; the rest allows for network delay and clock drift. */
const DEDUPE_MARGIN = 0.9

/**
 * Sends a command so that it is appended at most once. Resolves with its entry, or with undefined when it may have been
 * appended and this can no longer be determined. Within the dedupe window of the first try, the node recognizes a
 * repeated clientId; later, the log is searched before sending again. Throws faults; after a retryable one, call it
 * again.
 */
export async function sendPending(pending: PendingCommand, deps: SendDeps): Promise<Entry | undefined> {
  const { tried, command, input } = pending
  if (!tried) {
    deps.update({ ...pending, tried: { at: Date.now(), ...deps.position(input.room) } })
  } else if (!isRecent(tried.at, deps.dedupeMs)) {
    const found = await findInLog(pending, deps.call)
    if (found === 'unknown') return undefined
    if (found !== 'absent') return found
    // `head` stays: a delayed first try may still arrive, so the next search must start at the same position.
    deps.update({ ...pending, tried: { ...tried, at: Date.now() } })
  }
  return deps.call(command, input)
}

function isRecent(at: number, dedupeMs: number): boolean {
  const age = Date.now() - at
  // A negative age means that this machine's clock was set back: nothing is known about the window.
  return age >= 0 && age < dedupeMs * DEDUPE_MARGIN
}

/** Searches the log for the command, from the head that was known at the first try up to the current head. */
async function findInLog(
  { by, tried, input }: PendingCommand,
  request: Request,
): Promise<Entry | 'absent' | 'unknown'> {
  const { room, clientId } = input
  const { epoch, head } = tried ?? {}
  if (epoch === undefined || head === undefined) return 'unknown'
  let page: Output<'history:read'>
  let after = head
  do {
    try {
      page = await request('history:read', { room, after, epoch, limit: HISTORY_MAX_MESSAGES })
    } catch (error) {
      if (!(error instanceof ChatFault && error.code === 'stale_epoch')) throw error
      // A command that names its epoch was never appended to the new log and is now rejected by the node: safe to send.
      return input.epoch === undefined ? 'unknown' : 'absent'
    }
    const found = page.entries.find((entry) => entry.clientId === clientId && entry.by.id === by)
    if (found) return found
    if (page.truncated) return 'unknown'
    after = page.entries.at(-1)?.seq ?? page.head
  } while (page.more && page.entries.length > 0)
  return 'absent'
}
