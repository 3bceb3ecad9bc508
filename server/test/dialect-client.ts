import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'

const TIMEOUT_MS = 15_000

/** A plain WebSocket client that records all frames. For tests only. */
export class DialectClient {
  /** All received frames, in order. */
  readonly received: string[] = []
  closed: { code: number; reason: string } | undefined
  readonly #waiters = new Set<() => void>()
  static readonly #instances = new Set<DialectClient>()

  private constructor(readonly ws: WebSocket) {
    DialectClient.#instances.add(this)
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

  /** Connects to an http: or ws: URL. */
  static async connect(url: string, options: ClientOptions = {}): Promise<DialectClient> {
    const dialectClient = new DialectClient(new WebSocket(url.replace(/^http/, 'ws'), options))
    await once(dialectClient.ws, 'open')
    return dialectClient
  }

  get socket(): Socket {
    return (this.ws as unknown as { _socket: Socket })._socket
  }

  send(...frames: (string | Buffer)[]): void {
    for (const frame of frames) this.ws.send(frame)
  }

  /** The first past or future frame that equals the string or matches the pattern. */
  waitFor(expected: string | RegExp): Promise<string> {
    const matches = (frame: string) => (typeof expected === 'string' ? frame === expected : expected.test(frame))
    return this.#waitUntil(`${expected}`, () => this.received.find(matches))
  }

  /** All frames, as soon as at least `count` have arrived. */
  waitForMessages(count: number): Promise<string[]> {
    return this.#waitUntil(`${count} frames`, () => (this.received.length >= count ? this.received : undefined))
  }

  waitForClose(): Promise<{ code: number; reason: string }> {
    return this.#waitUntil('the connection to close', () => this.closed)
  }

  static disconnectAll(): void {
    for (const { ws } of DialectClient.#instances) ws.terminate()
    DialectClient.#instances.clear()
  }

  #notify(): void {
    for (const check of [...this.#waiters]) check()
  }

  #waitUntil<T>(what: string, check: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(recheck)
        const last = JSON.stringify(this.received.slice(-5)).slice(0, 1_000)
        reject(
          new Error(
            `timed out after ${TIMEOUT_MS / 1_000} s waiting for ${what}; closed: ${JSON.stringify(this.closed)}; last frames: ${last}`,
          ),
        )
      }, TIMEOUT_MS)
      const recheck = () => {
        const found = check()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiters.delete(recheck)
        resolve(found)
      }
      this.#waiters.add(recheck)
      recheck()
    })
  }
}
