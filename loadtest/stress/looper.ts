import { type ClientOptions, WebSocket } from 'ws'
import type { Target } from '../clients/transport.ts'

const WORDS = 'hello from locust'

export interface LooperOptions {
  target: Target
  localAddress: string | undefined
  closed(why: string): void
}

/**
 * A client of `/ws` that sends, waits until the message is written, waits for one frame from any client, and sends
 * again. It receives as many frames per message as there are clients and reads one; the rest accumulates in the kernel
 * and in the server.
 */
export class Looper {
  open = false
  sent = 0
  received = 0
  wrong = 0
  /** Received frames that have not been consumed yet. */
  #unread = 0
  #awaiting = false
  #talking = false
  #ws: WebSocket | undefined

  constructor(private readonly options: LooperOptions) {}

  connect(): void {
    const { target, localAddress, closed } = this.options
    const options: ClientOptions = { localAddress, perMessageDeflate: false }
    this.#ws = new WebSocket(`ws://${target.host}:${target.port}/ws`, options)
    this.#ws.on('open', () => {
      this.open = true
    })
    this.#ws.on('message', (frame: Buffer) => this.#receive(frame))
    let why: string | undefined
    this.#ws.on('error', (error) => {
      why = error.message
    })
    this.#ws.once('close', (code) => {
      this.open = false
      this.#talking = false
      closed(why ?? `closed with ${code}`)
    })
  }

  talk(): void {
    this.#talking = true
    this.#send()
  }

  stop(): void {
    this.#talking = false
    this.#ws?.close(1000)
    // The response to the close frame follows the unread frames.
    this.#ws?.resume()
  }

  #send(): void {
    if (!this.#talking) return
    this.sent++
    this.#ws!.send(WORDS, () => {
      this.#awaiting = true
      this.#read()
    })
  }

  #receive(frame: Buffer): void {
    if (frame.toString() !== WORDS) this.wrong++
    this.#unread++
    if (this.#awaiting) this.#read()
    else if (this.#talking) this.#ws!.pause()
  }

  #read(): void {
    if (this.#unread === 0) {
      this.#ws!.resume()
      return
    }
    this.#unread--
    this.received++
    this.#awaiting = false
    this.#send()
  }
}
