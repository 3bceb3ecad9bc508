import type { Namespace } from 'socket.io'

/** What Socket.IO's adapter keeps to itself: it encodes a broadcast once, and for WebSocket as a frame, ready to be sent. */
interface Encoding {
  _encode(packet: unknown, options: { wsPreEncodedFrame?: Buffer[] }): unknown
}

/**
 * Has the frame of a broadcast (RFC 6455, section 5.2) leave in one piece. The adapter hands on its header and its
 * payload apart, and gathering the two anew for each receiver costs more than the write of one.
 */
export function framesInOnePiece(adapter: Namespace['adapter']): void {
  const encoding = adapter as unknown as Encoding
  const encode = encoding._encode.bind(adapter)
  encoding._encode = (packet, options) => {
    const encoded = encode(packet, options)
    if (options.wsPreEncodedFrame) options.wsPreEncodedFrame = [Buffer.concat(options.wsPreEncodedFrame)]
    return encoded
  }
}
