import { WebSocket } from 'ws'

type OnClosing = (code?: number, reason?: Buffer | string) => void

/**
 * A server's WebSocket that leaves the answer to a close frame (RFC 6455, section 5.5.1) to its owner. ws calls `close`
 * when it has read the peer's close frame, or a violation of the protocol, behind all messages that came before it;
 * `onClosing` gets that call, and `sendClose` sends the close frame.
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
