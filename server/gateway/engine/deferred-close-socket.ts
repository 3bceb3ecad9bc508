import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

type OnClosing = (code?: number, reason?: Buffer | string) => void

/**
 * A server-side WebSocket that leaves the answer to a close frame (RFC 6455, section 5.5.1) to its owner. ws calls
 * `close` on itself after it has read the peer's close frame or a protocol violation, and after it has emitted all
 * messages before that. `onClosing` receives that call; `sendClose` sends the close frame.
 */
export class DeferredCloseSocket extends WebSocket {
  onClosing: OnClosing | undefined

  override close(code?: number, reason?: Buffer | string): void {
    if (this.onClosing) this.onClosing(code, reason)
    else super.close(code, reason)
  }

  sendClose(code?: number, reason?: Buffer | string): void {
    super.close(code, reason)
  }
}

/**
 * Keeps the sending side of a WebSocket's TCP socket open when the peer has ended its side: ws would end it ahead of the
 * close frame. Only ws listens for `end` on this socket.
 */
export function keepOpenOnEnd(socket: Duplex): void {
  socket.removeAllListeners('end')
}
