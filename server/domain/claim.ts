import { setTimeout as delay } from 'node:timers/promises'
import { StartupError } from './startup-error.ts'

/** The keys that a node holds, as fingerprints: nothing of a key can be read out of one. The signing key's is the first. */
export interface KeyStatement {
  /** From TOKEN_SECRET, or made by the nodes and shared through the store. */
  source: 'configured' | 'shared'
  fingerprints: readonly string[]
}

/** What a node has to say of itself before it may join the others. */
export interface Claim {
  /** Called once the store answers, before anything is claimed; when it fails it is called again. */
  agree(): Promise<unknown>
  /** Asked when `agree` has succeeded, and with each renewal of the lease. */
  keys(): KeyStatement
  /** Gets a sentence for the log when the node waits for a lease of another one to end. */
  onWait(sentence: string): void
}

/** A node whose lease holds, beside which this node may not start. */
export interface Rival {
  node: string
  /** Its lease, another one at each start of it. */
  lease: string
  /** Unix milliseconds on the store's clock: until when its lease holds unless it is renewed. */
  endsAt: number
  reason:
    | 'same_name'
    /** Each has a TOKEN_SECRET, and one refuses the tokens that the other signs. The next two: one has none. */
    | 'other_secret'
    | 'secret_only_here'
    | 'secret_only_there'
}

const POLL_MS = 200

/**
 * Claims until nobody is in the way, and resolves then. A rival may be a node that was killed, so its lease is waited
 * for; one that renews it twice meanwhile is alive, as a single renewal may have been under way: rejects with StartupError. `claim` resolves with the rivals and the
 * time on the store's clock, and claims only when there are none. `isClosed` ends the waiting.
 */
export async function claimLease(
  node: string,
  claim: () => Promise<{ rivals: Rival[]; now: number }>,
  { onWait, isClosed }: { onWait: (sentence: string) => void; isClosed: () => boolean },
): Promise<void> {
  const seen = new Map<string, { endsAt: number; renewals: number }>()
  while (!isClosed()) {
    const { rivals, now } = await claim()
    if (rivals.length === 0) return
    for (const rival of rivals) {
      const before = seen.get(rival.lease)
      if (before === undefined) onWait(waiting(rival, now))
      const renewals = (before?.renewals ?? 0) + (rival.endsAt > (before?.endsAt ?? rival.endsAt) ? 1 : 0)
      if (renewals >= 2) throw new StartupError(refusal(node, rival))
      seen.set(rival.lease, { endsAt: rival.endsAt, renewals })
    }
    await delay(POLL_MS)
  }
}

function waiting({ reason, node: other, endsAt }: Rival, now: number): string {
  const why = reason === 'same_name' ? 'has the same name' : 'has other keys for tokens'
  return `Waiting up to ${((endsAt - now) / 1_000).toFixed(1)} s for the lease of ${other} to end, which ${why}.`
}

const SECRET_MISSING =
  'one would refuse tokens of the other. Give all nodes the same TOKEN_SECRET, or none; to introduce one while they run, ' +
  'begin with the key that they made themselves (see TOKEN_SECRET in README.md).'

function refusal(node: string, { reason, node: other }: Rival): string {
  switch (reason) {
    case 'same_name':
      return `Another node is running under the name ${node}. Stop it, or give this one another NODE_NAME.`
    case 'other_secret':
      return (
        `TOKEN_SECRET is not that of ${other}, which is running: one would refuse tokens of the other. Give all nodes ` +
        'the same. To replace it while they run, restart them with TOKEN_SECRET=old,new, then with new,old, then with new.'
      )
    case 'secret_only_here':
      return `TOKEN_SECRET is set here and not on ${other}, which is running: ${SECRET_MISSING}`
    case 'secret_only_there':
      return `TOKEN_SECRET is not set here, but on ${other}, which is running: ${SECRET_MISSING}`
  }
}
