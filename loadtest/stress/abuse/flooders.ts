import type { PollingTransport } from '../../clients/polling-transport.ts'
import { WebSocketTransport } from '../../clients/websocket-transport.ts'
import { type Attacker, type AttackerOptions, noCounts } from './attacker.ts'
import { FrameBlock } from './frame-block.ts'
import { OpenLoop } from './open-loop.ts'
import { polling, SocketIoAttacker, UNSENT_MAX_BYTES, webSocket } from './socket-io-attacker.ts'

type FloodOptions = AttackerOptions & { name: string; perSecond: number; packets: readonly string[] }

/** Writes prepared frames at its rate, as far as the connection accepts them. */
export class FloodingWebSocket extends SocketIoAttacker<WebSocketTransport> {
  readonly #block: FrameBlock

  constructor(options: FloodOptions) {
    super(options, webSocket)
    this.#block = FrameBlock.ofTexts(options.packets)
  }

  protected override write(due: number): void {
    if (this.connection!.buffered > UNSENT_MAX_BYTES) {
      this.counts.heldBack += due
      return
    }
    for (const frames of this.#block.take(due)) this.connection!.write(frames)
    this.counts.written += due
  }
}

/** Posts prepared bodies of many packets one after the other; nginx would not read a second body ahead. */
export class FloodingPoller extends SocketIoAttacker<PollingTransport> {
  readonly #body: string
  readonly #packets: number
  #due = 0

  constructor(options: FloodOptions) {
    super(options, polling)
    this.#packets = options.packets.length
    this.#body = options.packets.join('\x1e')
  }

  protected override write(due: number): void {
    this.#due += due
    if (this.#due < this.#packets) {
      // Counted as held back until the whole body is due, so that the sum is always correct.
      this.counts.heldBack += due
      return
    }
    this.counts.heldBack += due
    if (!this.connection!.posting) {
      this.connection!.send(this.#body)
      this.counts.heldBack -= this.#packets
      this.counts.written += this.#packets
    }
    this.#due -= this.#packets
  }
}

/** Floods a plain-WebSocket dialect with prepared frames. */
export class DialectFlooder implements Attacker {
  readonly counts = noCounts()
  #connection: WebSocketTransport | undefined
  #open = false
  #closed = false
  readonly #rate: OpenLoop
  readonly #block: FrameBlock

  constructor(
    private readonly options: AttackerOptions & { path: string; perSecond: number; frames: readonly Buffer[] },
  ) {
    this.#rate = new OpenLoop(options.perSecond)
    this.#block = new FrameBlock(options.frames)
  }

  get connected(): boolean {
    return this.#open
  }

  tick(now: number): void {
    if (!this.#connection && !this.#closed) this.#connect()
    const due = this.#rate.due(now)
    this.counts.offered += due
    if (!this.#open) this.counts.unconnected += due
    else if (this.#connection!.buffered > UNSENT_MAX_BYTES) this.counts.heldBack += due
    else {
      for (const frames of this.#block.take(due)) this.#connection!.write(frames)
      this.counts.written += due
    }
  }

  close(): void {
    this.#closed = true
    this.#connection?.close()
  }

  #connect(): void {
    const { path, host, port, localAddress, closed } = this.options
    const connection: WebSocketTransport = new WebSocketTransport(path, {
      ...{ host, port, localAddress },
      open: () => {
        this.#open = true
      },
      packet: () => {},
      closed: (reason) => {
        this.#open = false
        if (this.#connection === connection) this.#connection = undefined
        if (!this.#closed) closed(reason)
      },
    })
    this.#connection = connection
  }
}
