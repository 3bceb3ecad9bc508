import type { ConnectionState } from '../../../sdk/connection.ts'
import { transportNames } from '../../connection/transports.ts'
import { faultText } from '../../fault-words.ts'
import { formatDuration } from '../format.ts'
import { clock, connectionState, fault, paused, view } from '../stats-poller.ts'

const STALE_AFTER_MS = 3_000

/** The node that the statistics come from, or the reason why there are none. */
export function ConnectionStatus() {
  const { node, transport } = connectionState.value
  const trouble = problemText()
  const updatedAt = view.value?.at
  const late = !paused.value && updatedAt !== undefined && clock.value - updatedAt >= STALE_AFTER_MS
  return (
    <div class="link" data-trouble={trouble !== undefined}>
      <p role="status" aria-label="Connection">
        <span class="dot" aria-hidden="true" />
        {trouble ?? `Live · ${node} · ${transport ? transportNames[transport] : ''} · updated every second`}
      </p>
      {late && <p class="late">Data is {formatDuration(clock.value - updatedAt)} old.</p>}
    </div>
  )
}

/** Undefined without a problem. */
function problemText(): string | undefined {
  const { state, node, storeAway, fault: refused } = connectionState.value
  if (state === 'refused') return faultText(refused)
  if (state === 'offline' || state === 'connecting') return disconnectedText(state)
  if (storeAway || fault.value?.code === 'unavailable') {
    return `${node} can't reach the store, so there are no current values. Users stay connected, and their messages will be sent later. Trying again…`
  }
  return fault.value && faultText(fault.value)
}

function disconnectedText(state: ConnectionState['state']): string {
  if (view.value) return 'Connection lost. Connecting to another node…'
  return state === 'offline' ? "Can't connect to any node. Trying again…" : 'Connecting…'
}
