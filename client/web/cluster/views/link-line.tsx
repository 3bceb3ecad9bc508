import type { ConnectionState } from '../../../sdk/connection.ts'
import { transportNames } from '../../connection/transports.ts'
import { faultText } from '../../fault-words.ts'
import { inSpan } from '../format.ts'
import { clock, connectionState, fault, paused, view } from '../stats-poller.ts'

const LATE_MS = 3_000

/** Where the figures come from, and why they do not, when they do not. */
export function LinkLine() {
  const { node, transport } = connectionState.value
  const trouble = inTrouble()
  const heardAt = view.value?.at
  const late = !paused.value && heardAt !== undefined && clock.value - heardAt >= LATE_MS
  return (
    <div class="link" data-trouble={trouble !== undefined}>
      <p role="status" aria-label="Connection">
        <span class="dot" aria-hidden="true" />
        {trouble ?? `Live, once a second, from ${node} by ${transport ? transportNames[transport] : ''}`}
      </p>
      {late && <p class="late">What you see is {inSpan(clock.value - heardAt)} old.</p>}
    </div>
  )
}

/** Undefined when all is well. */
function inTrouble(): string | undefined {
  const { state, node, storeAway, fault: refused } = connectionState.value
  if (state === 'refused') return faultText(refused)
  if (state === 'offline' || state === 'connecting') return unconnected(state)
  if (storeAway || fault.value?.code === 'unavailable') {
    return `${node} cannot reach the store just now, where the nodes report, so nothing is known of them. People stay connected; what they say waits. Trying again…`
  }
  return fault.value && faultText(fault.value)
}

function unconnected(state: ConnectionState['state']): string {
  if (view.value) return 'The connection to the cluster is lost. Looking for another node…'
  return state === 'offline' ? 'No node can be reached, or none takes newcomers just now. Trying again…' : 'Connecting…'
}
