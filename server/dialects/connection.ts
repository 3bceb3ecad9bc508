import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Way } from '../domain/journal.ts'
import { Refusal } from '../domain/refusal.ts'
import { Outbox } from './outbox.ts'

/** RFC 6455, section 7.4.1, and the registry of close codes that it set up. */
export const CLOSE = { leaving: 1001, notUnderstood: 1007, surprise: 1011, restarting: 1012, tryLater: 1013 } as const

/** Handles one message; the next is handed over when it is done. */
export type Hear = (text: string) => Promise<void>

/**
 * One client's WebSocket, whatever is spoken on it. Messages are heard one at a time, and none is read while one is under
 * way or too much waits to be read on the other side: whoever sends too fast is slowed down, not told off.
 */
export class Connection {
  readonly #outbox: Outbox
  #inbox: string[] = []
  #hear: Hear | undefined
  #working = false
  #alive = true
  #open = true
  #ended = () => {}
  /** Resolves when the WebSocket is closed, whoever closed it, and what came before that has been handled. */
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve
  })

  /** The code that it was closed with: RFC 6455, section 7.1.5. */
  closeCode: number | undefined

  constructor(
    readonly way: Way,
    private readonly ws: WebSocket,
    socket: Duplex,
    private readonly surprised: (error: unknown) => void,
    pingIntervalMs: number,
  ) {
    this.#outbox = new Outbox(ws, socket)
    const beat = setInterval(() => this.#beat(), pingIntervalMs)
    ws.on('message', (data: Buffer) => this.#take(data.toString()))
    ws.on('pong', () => this.#live()).on('ping', () => this.#live())
    // The close frame with the right code has been sent, and nothing else is to follow it.
    ws.on('error', () => this.#outbox.drop())
    ws.once('close', (code) => {
      this.closeCode = code
      clearInterval(beat)
      this.#open = false
      this.#outbox.drop()
      if (!this.#working) this.#ended()
    })
    ws.pause()
  }

  get open(): boolean {
    return this.#open
  }

  /** From here on the client is heard. */
  listen(hear: Hear): void {
    this.#hear = hear
    if (this.#inbox.length > 0) void this.#work()
    else this.ws.resume()
  }

  /** Puts a frame behind the others, or ends the connection of a client that has too much to read already. */
  send(frame: string | Buffer): void {
    if (!this.#open) return
    if (!this.#outbox.add(Buffer.from(frame as string))) this.close(CLOSE.tryLater, 'Too much was left unread.')
  }

  /** Ahead of everything that has not been handed down. What the client still says is not heard. */
  close(code: number, reason: string): void {
    this.#open = false
    this.#inbox = []
    this.#outbox.drop()
    this.ws.close(code, reason)
    // Its own close frame stands behind what was not read yet.
    this.ws.resume()
  }

  #take(text: string): void {
    if (!this.#open) return
    this.#live()
    this.#inbox.push(text)
    this.ws.pause()
    if (this.#hear && !this.#working) void this.#work()
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let text = this.#inbox.shift(); text !== undefined; text = this.#inbox.shift()) {
      await this.#outbox.room()
      await this.#hear!(text).catch((error: unknown) => this.#fail(error))
    }
    this.#working = false
    this.#live()
    if (this.#open) this.ws.resume()
    else if (this.ws.readyState === this.ws.CLOSED) this.#ended()
  }

  #fail(error: unknown): void {
    // An expected no has no words here, but for the end of what it was about.
    if (!(error instanceof Refusal)) this.surprised(error)
    this.close(CLOSE.surprise, 'Something went wrong here.')
  }

  #live(): void {
    this.#alive = true
  }

  /** Anything at all is a sign of life, since a pong may have much ahead of it; and who is not read from owes none. */
  #beat(): void {
    if (!this.#alive && !this.#working) {
      this.ws.terminate()
      return
    }
    this.#alive = false
    this.ws.ping()
  }
}
