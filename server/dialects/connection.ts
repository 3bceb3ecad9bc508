import type { Duplex } from 'node:stream'
import { FaultError } from '../domain/fault-error.ts'
import type { Way } from '../domain/journal.ts'
import type { Rate } from '../domain/token-bucket.ts'
import { type DeferredCloseSocket, keepOpenOnEnd } from '../gateway/engine/deferred-close-socket.ts'
import { FrameBudget } from './frame-budget.ts'
import { type Frame, Inbox } from './inbox.ts'
import { Pongs } from './pongs.ts'
import { SendBuffer } from './send-buffer.ts'

/** RFC 6455, section 7.4.1, and the registry of close codes that it set up. */
export const CLOSE = { leaving: 1001, notUnderstood: 1007, surprise: 1011, restarting: 1012, tryLater: 1013 } as const

/** Of what was received before a connection ends, this many frames are handled, and within this time. */
const TAIL_FRAMES = 1_000
const TAIL_MS = 5_000

/** Handles one message; the next is handed over when it is done. */
export type Hear = (text: string) => Promise<void>

interface ConnectionOptions {
  appends: Rate
  /** Waits for the budget that all connections of its address share. */
  address(signal: AbortSignal): Promise<void> | undefined
  pingIntervalMs: number
}

interface Ending {
  code?: number
  reason?: Buffer | string
  /** This node closes the connection because it leaves. */
  isLeaving?: boolean
  deadline?: NodeJS.Timeout
}

/**
 * One client's WebSocket, whatever is spoken on it. Frames are handled one at a time, each for a token, and reading stops
 * while many wait or too much waits to be read on the other side: whoever sends too fast is slowed down, not told off.
 * However the connection ends, what was received before is handled first, within TAIL_FRAMES and TAIL_MS; a close frame is
 * answered after that, with 1013 when something had to be discarded.
 */
export class Connection {
  readonly #sendBuffer: SendBuffer
  readonly #inbox = new Inbox()
  readonly #pongs: Pongs
  readonly #budget: FrameBudget
  readonly #abort = new AbortController()
  #hear: Hear | undefined
  #working = false
  #alive = true
  #ending: Ending | undefined
  #closeSent = false
  #closed = false
  #ended = () => {}
  /** Resolves when the WebSocket is closed, whoever closed it, and what came before that has been handled. */
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve
  })

  /** The code that it was closed with: RFC 6455, section 7.1.5. */
  closeCode: number | undefined
  /** Messages that were received and could not be handled before the connection ended. */
  discarded = 0

  constructor(
    readonly way: Way,
    private readonly ws: DeferredCloseSocket,
    private readonly socket: Duplex,
    private readonly surprised: (error: unknown) => void,
    { appends, address, pingIntervalMs }: ConnectionOptions,
  ) {
    this.#sendBuffer = new SendBuffer(ws, socket)
    this.#budget = new FrameBudget(appends, address)
    this.#pongs = new Pongs(ws)
    const beat = setInterval(() => this.#beat(), pingIntervalMs)
    ws.on('message', (data: Buffer) => this.#take({ text: data.toString() }))
    ws.on('pong', () => this.#take({}))
    ws.on('ping', (ping: Buffer) => this.#take({ ping }))
    ws.onClosing = (code, reason) => this.#closing(code, reason)
    // ws reports a violation of the protocol both by `onClosing` and here.
    ws.on('error', () => this.#sendBuffer.drop())
    ws.once('close', (code) => {
      this.closeCode ??= code
      this.#closed = true
      clearInterval(beat)
      this.#sendBuffer.drop()
      this.#finish({})
      this.#settle()
    })
    ws.pause()
  }

  /** Aborted when what the client sent is no longer to be handled. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** From here on the client is heard. */
  listen(hear: Hear): void {
    this.#hear = hear
    if (this.#inbox.length > 0) void this.#work()
    else if (this.#ending) this.#settle()
    else this.ws.resume()
  }

  /** Puts a frame behind the others, or ends the connection of a client that has too much to read already. */
  send(frame: string | Buffer): void {
    if (this.#closeSent || this.#closed || this.#sendBuffer.add(Buffer.from(frame as string))) return
    this.#sendBuffer.drop()
    // At once, ahead of what was received, as it is the memory that counts.
    if (!this.#ending) this.#sendClose(CLOSE.tryLater, 'Too much was left unread.')
    this.#finish({})
  }

  /** Ahead of everything that has not been handed down. What was received and not handled is discarded. */
  close(code: number, reason: string): void {
    this.#sendClose(code, reason)
    this.#finish({})
    this.#discard()
  }

  /** Closes when what was received has been handled, within `withinMs`. Nothing further is read. */
  leave(code: number, reason: string, withinMs: number): void {
    this.ws.pause()
    this.#finish({ code, reason, isLeaving: true }, withinMs)
  }

  /** The client's close frame or violation of the protocol was read. */
  #closing(code?: number, reason?: Buffer | string): void {
    keepOpenOnEnd(this.socket)
    if (this.#closeSent) this.ws.sendClose(code, reason)
    else this.#finish({ code, reason })
  }

  /** Begins the end, once: what waits is handled within bounds, then the close frame is sent. */
  #finish(ending: Ending, withinMs = TAIL_MS): void {
    if (this.#ending) return
    this.#ending = ending
    this.discarded += this.#inbox.truncate(TAIL_FRAMES - (this.#working ? 1 : 0))
    ending.deadline = setTimeout(() => this.#discard(), withinMs)
    this.#sendBuffer.stopWaiting()
    this.#settle()
  }

  /** Gives up what was received and not handled, the message under way included. */
  #discard(): void {
    this.discarded += this.#inbox.truncate(0) + (this.#working ? 1 : 0)
    this.#abort.abort()
    this.#answer()
    this.#settle()
  }

  #take(frame: Frame): void {
    this.#live()
    if (this.#ending) return
    this.#inbox.push(frame)
    if (this.#inbox.full) this.ws.pause()
    if (this.#hear && !this.#working) void this.#work()
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let frame = this.#inbox.shift(); frame; frame = this.#inbox.shift()) {
      await this.#handle(frame).catch((error: unknown) => this.#fail(error))
      if (!this.#ending && this.ws.isPaused && !this.#inbox.full) this.ws.resume()
    }
    this.#working = false
    this.#live()
    this.#settle()
  }

  async #handle({ text, ping }: Frame): Promise<void> {
    const { signal } = this
    if (!this.#ending) await this.#sendBuffer.room()
    await this.#budget.take({ control: text === undefined, closing: this.#ending !== undefined, signal })
    if (text !== undefined) await this.#hear!(text)
    else if (ping) this.#pongs.answer(ping)
  }

  /** When nothing received waits any more: the close frame is answered, and when the connection is gone, that is all. */
  #settle(): void {
    const idle = !this.#working && (this.#inbox.length === 0 || this.signal.aborted)
    if (!this.#ending || !idle) return
    this.#answer()
    if (!this.#closed) return
    clearTimeout(this.#ending.deadline)
    this.#abort.abort()
    this.#ended()
  }

  #answer(): void {
    const { code, reason, isLeaving } = this.#ending!
    if (this.discarded === 0) this.#sendClose(code, reason)
    else this.#sendClose(isLeaving ? code : CLOSE.tryLater, `${this.discarded} received messages were discarded.`)
  }

  #sendClose(code?: number, reason?: Buffer | string): void {
    if (this.#closeSent || this.#closed) return
    this.#closeSent = true
    this.closeCode = code ?? this.closeCode
    this.#sendBuffer.drop()
    this.ws.sendClose(code, reason)
    // The client's close frame, or its end of the stream, stands behind what was not read yet.
    this.ws.resume()
    this.socket.resume()
  }

  #fail(error: unknown): void {
    if (this.signal.aborted) return
    // An expected no has no words here, but for the end of what it was about.
    if (!(error instanceof FaultError)) this.surprised(error)
    this.close(CLOSE.surprise, 'Something went wrong here.')
  }

  #live(): void {
    this.#alive = true
  }

  /** Anything at all is a sign of life, since a pong may have much ahead of it; and who is not read from owes none. */
  #beat(): void {
    if (this.#ending) return
    if (!this.#alive && !this.#working) {
      this.ws.terminate()
      return
    }
    this.#alive = false
    this.ws.ping()
  }
}
