import type { Duplex } from 'node:stream'
import { FaultError } from '../domain/fault-error.ts'
import type { Way } from '../domain/journal.ts'
import type { Rate } from '../domain/token-bucket.ts'
import { type DeferredCloseSocket, keepOpenOnEnd } from '../gateway/engine/deferred-close-socket.ts'
import { FrameBudget } from './frame-budget.ts'
import { type Frame, Inbox } from './inbox.ts'
import { Pongs } from './pongs.ts'
import { SendBuffer } from './send-buffer.ts'

/** WebSocket close codes: RFC 6455, section 7.4.1, and the IANA registry. */
export const CLOSE = {
  goingAway: 1001,
  invalidData: 1007,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const

/** Of the frames received before a connection closes, at most this many are handled, within this time. */
const TAIL_FRAMES = 1_000
const TAIL_MS = 5_000

/** Handles one message. The next is passed when the promise has resolved. */
export type MessageHandler = (text: string) => Promise<void>

interface ConnectionOptions {
  appends: Rate
  /** Waits for the rate limit that all connections of the client address share. */
  address(signal: AbortSignal): Promise<void> | undefined
  pingIntervalMs: number
}

interface Closing {
  code?: number
  reason?: Buffer | string
  /** Whether this node closes the connection because it shuts down. */
  isShutdown?: boolean
  deadline?: NodeJS.Timeout
}

/**
 * One client's WebSocket, for all dialects. Frames are handled one at a time, rate-limited by a token bucket. Reading pauses
 * while many frames are queued or the client has much unread data, so a client that sends too fast is slowed down and gets
 * no error. However the connection ends, frames received before are handled first, within TAIL_FRAMES and TAIL_MS. The close
 * frame is answered after that, with 1013 when messages had to be discarded.
 */
export class Connection {
  readonly #sendBuffer: SendBuffer
  readonly #inbox = new Inbox()
  readonly #pongs: Pongs
  readonly #budget: FrameBudget
  readonly #abort = new AbortController()
  #handler: MessageHandler | undefined
  #isProcessing = false
  #alive = true
  #closing: Closing | undefined
  #closeSent = false
  #closed = false
  #resolveEnded = () => {}
  /** Resolves when the WebSocket is closed, by either side, and the messages received before are handled. */
  readonly ended = new Promise<void>((resolve) => {
    this.#resolveEnded = resolve
  })

  /** The close code of the connection: RFC 6455, section 7.1.5. */
  closeCode: number | undefined
  /** Number of received messages that were not handled before the connection ended. */
  discarded = 0

  constructor(
    readonly way: Way,
    private readonly ws: DeferredCloseSocket,
    private readonly socket: Duplex,
    private readonly onUnexpectedError: (error: unknown) => void,
    { appends, address, pingIntervalMs }: ConnectionOptions,
  ) {
    this.#sendBuffer = new SendBuffer(ws, socket)
    this.#budget = new FrameBudget(appends, address)
    this.#pongs = new Pongs(ws)
    const pingTimer = setInterval(() => this.#pingOrTerminate(), pingIntervalMs)
    ws.on('message', (data: Buffer) => this.#receive({ text: data.toString() }))
    ws.on('pong', () => this.#receive({}))
    ws.on('ping', (ping: Buffer) => this.#receive({ ping }))
    ws.onClosing = (code, reason) => this.#onClosing(code, reason)
    // ws reports a protocol violation both by `onClosing` and by `error`.
    ws.on('error', () => this.#sendBuffer.drop())
    ws.once('close', (code) => {
      this.closeCode ??= code
      this.#closed = true
      clearInterval(pingTimer)
      this.#sendBuffer.drop()
      this.#beginClosing({})
      this.#completeClosing()
    })
    ws.pause()
  }

  /** Aborted when messages of the client must no longer be handled. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Starts handling messages. Frames received before are queued. */
  start(handler: MessageHandler): void {
    this.#handler = handler
    if (this.#inbox.length > 0) void this.#processInbox()
    else if (this.#closing) this.#completeClosing()
    else this.ws.resume()
  }

  /** Queues a frame, or closes the connection if the client has too much unread data. */
  send(frame: string | Buffer): void {
    if (this.#closeSent || this.#closed || this.#sendBuffer.add(Buffer.from(frame as string))) return
    this.#sendBuffer.drop()
    // Immediately, without handling received messages first, to free the memory.
    if (!this.#closing) this.#sendClose(CLOSE.tryAgainLater, 'Too much unread data.')
    this.#beginClosing({})
  }

  /** Closes immediately: unsent frames and received messages that are not handled are discarded. */
  close(code: number, reason: string): void {
    this.#sendClose(code, reason)
    this.#beginClosing({})
    this.#discard()
  }

  /** Stops reading, and closes when the received messages are handled, at the latest after `withinMs` milliseconds. */
  closeAfterTail(code: number, reason: string, withinMs: number): void {
    this.ws.pause()
    this.#beginClosing({ code, reason, isShutdown: true }, withinMs)
  }

  /** ws has read the client's close frame or a protocol violation. */
  #onClosing(code?: number, reason?: Buffer | string): void {
    keepOpenOnEnd(this.socket)
    if (this.#closeSent) this.ws.sendClose(code, reason)
    else this.#beginClosing({ code, reason })
  }

  /** Starts closing, once: queued frames are handled within the limits, then the close frame is sent. */
  #beginClosing(ending: Closing, withinMs = TAIL_MS): void {
    if (this.#closing) return
    this.#closing = ending
    this.discarded += this.#inbox.truncate(TAIL_FRAMES - (this.#isProcessing ? 1 : 0))
    ending.deadline = setTimeout(() => this.#discard(), withinMs)
    this.#sendBuffer.stopWaiting()
    this.#completeClosing()
  }

  /** Discards received messages that are not handled, including the one in progress. */
  #discard(): void {
    this.discarded += this.#inbox.truncate(0) + (this.#isProcessing ? 1 : 0)
    this.#abort.abort()
    this.#sendClosingAnswer()
    this.#completeClosing()
  }

  #receive(frame: Frame): void {
    this.#markAlive()
    if (this.#closing) return
    this.#inbox.push(frame)
    if (this.#inbox.full) this.ws.pause()
    if (this.#handler && !this.#isProcessing) void this.#processInbox()
  }

  async #processInbox(): Promise<void> {
    this.#isProcessing = true
    for (let frame = this.#inbox.shift(); frame; frame = this.#inbox.shift()) {
      await this.#handle(frame).catch((error: unknown) => this.#fail(error))
      if (!this.#closing && this.ws.isPaused && !this.#inbox.full) this.ws.resume()
    }
    this.#isProcessing = false
    this.#markAlive()
    this.#completeClosing()
  }

  async #handle({ text, ping }: Frame): Promise<void> {
    const { signal } = this
    if (!this.#closing) await this.#sendBuffer.writable()
    await this.#budget.take({ control: text === undefined, closing: this.#closing !== undefined, signal })
    if (text !== undefined) await this.#handler!(text)
    else if (ping) this.#pongs.answer(ping)
  }

  /**
   * Answers the close frame when all received frames are handled, and resolves `ended` when the WebSocket is closed.
   */
  #completeClosing(): void {
    const idle = !this.#isProcessing && (this.#inbox.length === 0 || this.signal.aborted)
    if (!this.#closing || !idle) return
    this.#sendClosingAnswer()
    if (!this.#closed) return
    clearTimeout(this.#closing.deadline)
    this.#abort.abort()
    this.#resolveEnded()
  }

  #sendClosingAnswer(): void {
    const { code, reason, isShutdown } = this.#closing!
    if (this.discarded === 0) this.#sendClose(code, reason)
    else this.#sendClose(isShutdown ? code : CLOSE.tryAgainLater, `${this.discarded} received messages were discarded.`)
  }

  #sendClose(code?: number, reason?: Buffer | string): void {
    if (this.#closeSent || this.#closed) return
    this.#closeSent = true
    this.closeCode = code ?? this.closeCode
    this.#sendBuffer.drop()
    this.ws.sendClose(code, reason)
    // Reads on: the client's close frame, or the end of its stream, comes after unread data.
    this.ws.resume()
    this.socket.resume()
  }

  #fail(error: unknown): void {
    if (this.signal.aborted) return
    // Dialects have no error frame for a FaultError, so the connection is closed.
    if (!(error instanceof FaultError)) this.onUnexpectedError(error)
    this.close(CLOSE.internalError, 'Internal server error.')
  }

  #markAlive(): void {
    this.#alive = true
  }

  /** Any frame counts as a sign of life, since a pong may be behind other data. A paused client is not terminated. */
  #pingOrTerminate(): void {
    if (this.#closing) return
    if (!this.#alive && !this.#isProcessing) {
      this.ws.terminate()
      return
    }
    this.#alive = false
    this.ws.ping()
  }
}
