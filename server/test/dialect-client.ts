import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'

const TIMEOUT_MS = 15_000

/** A plain WebSocket client, as any outside program has one. For tests alone. */
export class DialectClient {
  /** Every frame, as it came. */
  readonly received: string[] = []
  closed: { code: number; reason: string } | undefined
  readonly #waiting = new Set<() => void>()
  static readonly #all = new Set<DialectClient>()

  private constructor(readonly ws: WebSocket) {
    DialectClient.#all.add(this)
    ws.on('message', (data: Buffer) => {
      this.received.push(data.toString())
      this.#notify()
    })
    ws.on('error', () => {})
    ws.once('close', (code, reason: Buffer) => {
      this.closed = { code, reason: reason.toString() }
      this.#notify()
    })
  }

  /** `at` is an http: or ws: URL with its path. */
  static async connect(at: string, options: ClientOptions = {}): Promise<DialectClient> {
    const dialectClient = new DialectClient(new WebSocket(at.replace(/^http/, 'ws'), options))
    await once(dialectClient.ws, 'open')
    return dialectClient
  }

  get socket(): Socket {
    return (this.ws as unknown as { _socket: Socket })._socket
  }

  send(...frames: (string | Buffer)[]): void {
    for (const frame of frames) this.ws.send(frame)
  }

  /** The first frame, past or to come, that is this or matches. */
  waitFor(what: string | RegExp): Promise<string> {
    const fits = (frame: string) => (typeof what === 'string' ? frame === what : what.test(frame))
    return this.#waitUntil(`${what}`, () => this.received.find(fits))
  }

  /** All frames, once there are so many. */
  waitForMessages(many: number): Promise<string[]> {
    return this.#waitUntil(`${many} frames`, () => (this.received.length >= many ? this.received : undefined))
  }

  waitForClose(): Promise<{ code: number; reason: string }> {
    return this.#waitUntil('the end', () => this.closed)
  }

  static disconnectAll(): void {
    for (const { ws } of DialectClient.#all) ws.terminate()
    DialectClient.#all.clear()
  }

  #notify(): void {
    for (const look of [...this.#waiting]) look()
  }

  #waitUntil<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(again)
        const last = JSON.stringify(this.received.slice(-5)).slice(0, 1_000)
        reject(new Error(`waited in vain for ${what}; ${JSON.stringify(this.closed)}; the last heard: ${last}`))
      }, TIMEOUT_MS)
      const again = () => {
        const found = look()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(again)
        resolve(found)
      }
      this.#waiting.add(again)
      again()
    })
  }
}
