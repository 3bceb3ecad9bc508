import type { AppendQueue } from '../../domain/append-queue.ts'
import type { NodeMetrics } from '../../metrics.ts'

/** Matches a Socket.IO EVENT packet of a command that appends. Captures its acknowledgement id, or an empty string. */
const APPEND = /^2(\d*)\["message:(?:send|edit|delete|react)"/

/**
 * Load shedding: rejects appends as they are read while the append queue is full. Parsing, validating and rejecting one
 * as a command would cost a large part of the CPU time of an append. The returned function takes an encoded packet and
 * returns undefined if the packet is to be processed, else the ACK packet that rejects it, or '' if it requests no ack.
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
