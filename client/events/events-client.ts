import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'

/** A message of the events dialect, in either direction; the other fields depend on `type`. */
export interface Message {
  type: string
  [field: string]: unknown
}

type Callback = (message: Message) => void

const RECONNECT_MIN_MS = 250
const RECONNECT_MAX_MS = 5_000

/**
 * A client of the events dialect. It reconnects automatically, with a new client id, since the server assigns ids per
 * connection. Messages sent while disconnected are queued in order.
 *
 * Events: `connected` (welcome message, on each connection) and `disconnected` (close code; not after `close`).
 */
export class EventsClient extends EventEmitter<{ connected: [Message]; disconnected: [number] }> {
  #ws: WebSocket | undefined
  #callback: Callback = () => {}
  #queue: string[] = []
  #welcome: Message | undefined
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  #closed = false

  /** `url`: for example ws://localhost:8765 or ws://localhost:8080/ws/events. */
  constructor(
    readonly url: string,
    readonly name = 'Anonymous',
  ) {
    super()
  }

  /** The id that the server assigned to this connection. */
  get clientId(): string | undefined {
    return this.#welcome?.client_id as string | undefined
  }

  get connected(): boolean {
    return this.#welcome !== undefined
  }

  /** Resolves with the welcome message. Retries until `withinMs` has passed, then rejects and closes the client. */
  connect(withinMs = 10_000): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close()
        reject(new Error(`No response from ${this.url} within ${withinMs / 1_000} s. Is Hubbub running there?`))
      }, withinMs)
      this.once('connected', (welcome) => {
        clearTimeout(timer)
        resolve(welcome)
      })
      this.#open()
    })
  }

  /** The callback receives every message of the server except the welcome. */
  setMessageCallback(callback: Callback): void {
    this.#callback = callback
  }

  sendMessage(message: Message): void {
    const frame = JSON.stringify(message)
    if (this.connected) this.#ws!.send(frame)
    else this.#queue.push(frame)
  }

  sendChatMessage(content: string): void {
    this.sendMessage({ type: 'chat', sender: this.name, content, timestamp: new Date().toISOString() })
  }

  sendBroadcast(message: string): void {
    this.sendMessage({ type: 'broadcast', message, from: this.name, timestamp: new Date().toISOString() })
  }

  /** The pong echoes the timestamp, in Unix milliseconds. */
  ping(): void {
    this.sendMessage({ type: 'ping', client_id: this.clientId, timestamp: Date.now() })
  }

  /** Disconnects and does not reconnect. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#ws?.close(1000)
  }

  #open(): void {
    this.#ws = new WebSocket(this.url)
    this.#ws.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString())))
    // Every error is followed by a close event.
    this.#ws.on('error', () => {})
    this.#ws.once('close', (code) => this.#onClose(code))
  }

  #receive(message: Message): void {
    if (message.type !== 'welcome') {
      this.#callback(message)
      return
    }
    this.#welcome = message
    this.#failures = 0
    for (const frame of this.#queue.splice(0)) this.#ws!.send(frame)
    this.emit('connected', message)
  }

  #onClose(code: number): void {
    const wasConnected = this.connected
    this.#welcome = undefined
    if (this.#closed) return
    if (wasConnected) this.emit('disconnected', code)
    // Full jitter, so that clients that were disconnected together do not reconnect together.
    const capMs = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** this.#failures++)
    this.#retry = setTimeout(() => this.#open(), Math.random() * capMs)
  }
}
