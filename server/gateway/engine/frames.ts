import type { Namespace } from 'socket.io'

/**
 * Private method of Socket.IO's adapter that encodes a broadcast once for all receivers, for WebSocket as a complete
 * frame.
 */
interface AdapterInternals {
  _encode(packet: unknown, options: { wsPreEncodedFrame?: Buffer[] }): unknown
}

/**
 * Makes the adapter encode the WebSocket frame of a broadcast (RFC 6455, section 5.2) as one buffer. By default it passes
 * header and payload as two buffers, and a gathering write of two for each receiver costs more than a write of one.
 */
export function sendFramesInOnePiece(adapter: Namespace['adapter']): void {
  const internals = adapter as unknown as AdapterInternals
  const encode = internals._encode.bind(adapter)
  internals._encode = (packet, options) => {
    const encoded = encode(packet, options)
    if (options.wsPreEncodedFrame) options.wsPreEncodedFrame = [Buffer.concat(options.wsPreEncodedFrame)]
    return encoded
  }
}
