import { PollingTransport } from './polling-transport.ts'
import type { ClientTransport, TransportOptions } from './transport.ts'
import { WebSocketTransport } from './websocket-transport.ts'

const PROBE = '2probe'
const PROBED = '3probe'
const UPGRADE = '5'

/**
 * Starts with long-polling like the stock client and probes a WebSocket of the same session. Once the probe and the
 * last poll are answered, all packets use the WebSocket.
 */
export class UpgradingTransport implements ClientTransport {
  readonly #polling: PollingTransport
  #webSocket: WebSocketTransport | undefined
  #upgraded = false
  /** Packets queued while neither transport may be used. */
  #waiting: string[] | undefined

  constructor(
    path: string,
    private readonly options: TransportOptions,
  ) {
    this.#polling = new PollingTransport(path, {
      ...options,
      open: () => {
        options.open(this)
        this.#try(path)
      },
      // The polling connections close some time after the upgrade.
      closed: (why) => this.#upgraded || options.closed(why),
    })
  }

  send(text: string): void {
    if (this.#waiting) this.#waiting.push(text)
    else if (this.#upgraded) this.#webSocket!.send(text)
    else this.#polling.send(text)
  }

  close(): void {
    this.#polling.close()
    this.#webSocket?.close()
  }

  #try(path: string): void {
    const address = `${path.replace('transport=polling', 'transport=websocket')}&sid=${this.#polling.sid}`
    this.#webSocket = new WebSocketTransport(address, {
      ...this.options,
      open: (clientTransport) => clientTransport.send(PROBE),
      packet: (bytes, start, end) => {
        if (!this.#upgraded && bytes.toString('latin1', start, end) === PROBED) this.#pause()
        else this.options.packet(bytes, start, end)
      },
      // If a proxy blocks WebSockets, the session stays on long-polling.
      closed: (why) => (this.#upgraded || this.#waiting) && this.options.closed(why),
    })
  }

  #pause(): void {
    this.#waiting = []
    this.#polling.pause(() => this.#upgrade())
  }

  #upgrade(): void {
    if (this.#upgraded) return
    this.#upgraded = true
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const text of [UPGRADE, ...waiting]) this.#webSocket!.send(text)
    this.options.upgraded?.()
  }
}
