import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'

/** A message of the events dialect, either way; `type` says which further fields there are. */
export interface Message {
  type: string
  [field: string]: unknown
}

type Callback = (message: Message) => void

const RECONNECT_MIN_MS = 250
const RECONNECT_MAX_MS = 5_000

/**
 * A client of the events dialect. It comes back by itself after a lost connection, as another client: the server gives
 * ids by connection. What is sent while there is none waits, in order.
 *
 * Events: `connected` (the welcome, each time) and `disconnected` (close code), unless it was `close` that ended it.
 */
export class EventsClient extends EventEmitter<{ connected: [Message]; disconnected: [number] }> {
  #ws: WebSocket | undefined
  #callback: Callback = () => {}
  #waiting: string[] = []
  #welcome: Message | undefined
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  #left = false

  /** `url`: such as ws://localhost:8765, or ws://localhost:8080/ws/events. */
  constructor(
    readonly url: string,
    readonly name = 'Anonymous',
  ) {
    super()
  }

  /** The id that the server gave to this connection. */
  get clientId(): string | undefined {
    return this.#welcome?.client_id as string | undefined
  }

  get connected(): boolean {
    return this.#welcome !== undefined
  }

  /**
   * Resolves with the first welcome, however often it has to be tried; rejects when it takes longer than `withinMs`.
   */
  connect(withinMs = 10_000): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close()
        reject(new Error(`No server answered at ${this.url} within ${withinMs / 1_000} s; is Hubbub running there?`))
      }, withinMs)
      this.once('connected', (welcome) => {
        clearTimeout(timer)
        resolve(welcome)
      })
      this.#open()
    })
  }

  /** Called with every message of the server but the welcome. */
  setMessageCallback(callback: Callback): void {
    this.#callback = callback
  }

  sendMessage(message: Message): void {
    const frame = JSON.stringify(message)
    if (this.connected) this.#ws!.send(frame)
    else this.#waiting.push(frame)
  }

  sendChatMessage(content: string): void {
    this.sendMessage({ type: 'chat', sender: this.name, content, timestamp: new Date().toISOString() })
  }

  sendBroadcast(message: string): void {
    this.sendMessage({ type: 'broadcast', message, from: this.name, timestamp: new Date().toISOString() })
  }

  /** The pong carries the same timestamp, in Unix milliseconds. */
  ping(): void {
    this.sendMessage({ type: 'ping', client_id: this.clientId, timestamp: Date.now() })
  }

  /** Leaves, and does not come back. */
  close(): void {
    this.#left = true
    clearTimeout(this.#retry)
    this.#ws?.close(1000)
  }

  #open(): void {
    this.#ws = new WebSocket(this.url)
    this.#ws.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString())))
    // A close follows every error.
    this.#ws.on('error', () => {})
    this.#ws.once('close', (code) => this.#lost(code))
  }

  #hear(message: Message): void {
    if (message.type !== 'welcome') {
      this.#callback(message)
      return
    }
    this.#welcome = message
    this.#failures = 0
    for (const frame of this.#waiting.splice(0)) this.#ws!.send(frame)
    this.emit('connected', message)
  }

  #lost(code: number): void {
    const wasConnected = this.connected
    this.#welcome = undefined
    if (this.#left) return
    if (wasConnected) this.emit('disconnected', code)
    // Full jitter, so that those who were lost together do not come back together.
    const most = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** this.#failures++)
    this.#retry = setTimeout(() => this.#open(), Math.random() * most)
  }
}
