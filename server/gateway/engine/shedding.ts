import type { AppendQueue } from '../../domain/append-queue.ts'
import type { NodeMetrics } from '../../metrics.ts'

/** A Socket.IO EVENT packet of a command that appends, and the id of its acknowledgement, if it asks for one. */
const APPEND = /^2(\d*)\["message:(?:send|edit|delete|react)"/

/**
 * Refuses appends as they are read, while the queue takes no more: parsing, validating and answering one as a command
 * costs a good part of what appending it costs. Returns undefined for a packet that goes its usual way, else the
 * packet that answers it, or '' where none was asked for.
 */
export function shedding(queue: AppendQueue, metrics: NodeMetrics): (packet: string) => string | undefined {
  return (packet) => {
    const id = APPEND.exec(packet)?.[1]
    if (id === undefined) return undefined
    const refusal = queue.overloadError()
    if (!refusal) return undefined
    metrics.refused(refusal.code)
    // https://socket.io/docs/v4/socket-io-protocol/#packet-encoding
    return id && `3${id}[${JSON.stringify({ ok: false, fault: refusal.fault })}]`
  }
}
