import type { Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import { HISTORY_MAX_MESSAGES } from '../../protocol/limits.ts'
import type { Request } from './connection.ts'
import { ChatFault } from './fault.ts'
import type { PendingCommand } from './pending-command.ts'

export interface SendDeps {
  call: Request
  /** How far a room's log is known; undefined before it was joined. */
  position(room: string): { epoch: string; head: number } | undefined
  /** How long the cluster knows a clientId, in milliseconds. */
  dedupeMs: number
  /** The pending as it is from now on, noted before anything that it tells of happens. */
  note(pendingCommand: PendingCommand): void
}

/** A try may take a while to arrive, and two clocks never agree: the last tenth of the window is not relied on. */
const RELIED_ON = 0.9

/**
 * Says a pending command once: the entry that it became, or undefined when it may have been sent and nobody can tell any more.
 * Within the dedupe window of its first try, a node knows what it said before; later, the log is asked first.
 * Throws faults; after a retryable one, deliver it again.
 */
export async function sendPending(pending: PendingCommand, sendDeps: SendDeps): Promise<Entry | undefined> {
  const { tried, command, input } = pending
  if (!tried) {
    sendDeps.note({ ...pending, tried: { at: Date.now(), ...sendDeps.position(input.room) } })
  } else if (!isRecent(tried.at, sendDeps.dedupeMs)) {
    const found = await search(pending, sendDeps.call)
    if (found === 'nobody knows') return undefined
    if (found !== 'not there') return found
    // The next search begins where this one did, whatever arrives late meanwhile.
    sendDeps.note({ ...pending, tried: { ...tried, at: Date.now() } })
  }
  return sendDeps.call(command, input)
}

function isRecent(at: number, dedupeMs: number): boolean {
  const age = Date.now() - at
  // Less than nothing: this machine's clock was set back, and tells nothing about the window.
  return age >= 0 && age < dedupeMs * RELIED_ON
}

/** Looks through the log for the pending command, from where the log was known at the first try up to its head. */
async function search(
  { by, tried, input }: PendingCommand,
  request: Request,
): Promise<Entry | 'not there' | 'nobody knows'> {
  const { room, clientId } = input
  const { epoch, head } = tried ?? {}
  if (epoch === undefined || head === undefined) return 'nobody knows'
  let page: Output<'history:read'>
  let after = head
  do {
    try {
      page = await request('history:read', { room, after, epoch, limit: HISTORY_MAX_MESSAGES })
    } catch (error) {
      if (!(error instanceof ChatFault && error.code === 'stale_epoch')) throw error
      // What names its epoch itself is refused by the node now, so that there is nothing to be asked.
      return input.epoch === undefined ? 'nobody knows' : 'not there'
    }
    const found = page.entries.find((entry) => entry.clientId === clientId && entry.by.id === by)
    if (found) return found
    if (page.truncated) return 'nobody knows'
    after = page.entries.at(-1)?.seq ?? page.head
  } while (page.more && page.entries.length > 0)
  return 'not there'
}
