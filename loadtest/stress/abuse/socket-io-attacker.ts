import { PollingTransport } from '../../clients/polling-transport.ts'
import type { ClientTransport } from '../../clients/transport.ts'
import { WebSocketTransport } from '../../clients/websocket-transport.ts'
import { type Attacker, type AttackerOptions, noCounts } from './attacker.ts'
import { OpenLoop } from './open-loop.ts'

const ZERO = 0x30
/** More unsent bytes than this are backpressure: due commands are held back. */
export const UNSENT_MAX_BYTES = 64 * 1024
const OK = '"ok":true'
/** Bytes of a response that contain its ack id and `ok`. */
const ANSWER_HEAD = 24

/** Connects over Socket.IO as a guest, answers heartbeats, counts responses, and reconnects immediately when closed. */
export abstract class SocketIoAttacker<Connection extends ClientTransport> implements Attacker {
  readonly counts = noCounts()
  protected connection: Connection | undefined
  #ready = false
  #closed = false
  readonly #rate: OpenLoop

  constructor(
    protected readonly options: AttackerOptions & { name: string; perSecond: number },
    private readonly connect: (options: ConstructorParameters<typeof WebSocketTransport>[1]) => Connection,
  ) {
    this.#rate = new OpenLoop(options.perSecond)
  }

  get connected(): boolean {
    return this.#ready
  }

  tick(now: number): void {
    if (!this.connection && !this.#closed) this.#open()
    const due = this.#rate.due(now)
    this.counts.offered += due
    if (!this.#ready) this.counts.unconnected += due
    else this.write(due)
  }

  close(): void {
    this.#closed = true
    this.connection?.close()
  }

  /** Writes as much of `due` as possible and counts the rest as held back. */
  protected abstract write(due: number): void

  /** A new session started. */
  protected admitted(): void {}

  protected event(_bytes: Buffer, _start: number, _end: number): void {}

  #open(): void {
    const { host, port, localAddress } = this.options
    const connection: Connection = this.connect({
      ...{ host, port, localAddress },
      open: () => {},
      packet: (bytes, start, end) => this.#packet(connection, bytes, start, end),
      closed: (reason) => {
        this.#ready = false
        if (this.connection === connection) this.connection = undefined
        if (!this.#closed) this.options.closed(reason)
      },
    })
    this.connection = connection
  }

  #packet(connection: Connection, bytes: Buffer, start: number, end: number): void {
    const engine = bytes[start]! - ZERO
    if (engine === 2) connection.send('3')
    else if (engine === 0) connection.send(`40${JSON.stringify({ name: this.options.name })}`)
    else if (engine === 4) this.#message(connection, bytes, start, end)
  }

  #message(connection: Connection, bytes: Buffer, start: number, end: number): void {
    const type = bytes[start + 1]! - ZERO
    if (type === 3) {
      const head = bytes.toString('latin1', start, Math.min(end, start + ANSWER_HEAD))
      if (head.includes(OK)) this.counts.served++
      else this.counts.refused++
    } else if (type === 4) connection.close()
    else if (type === 2) {
      if (!this.#ready && bytes.toString('latin1', start, start + 11) === '42["session') {
        this.#ready = true
        this.admitted()
      } else this.event(bytes, start, end)
    }
  }
}

const PATH = '/socket.io/?EIO=4&transport='

export const webSocket = (options: ConstructorParameters<typeof WebSocketTransport>[1]) =>
  new WebSocketTransport(`${PATH}websocket`, options)

export const polling = (options: ConstructorParameters<typeof PollingTransport>[1]) =>
  new PollingTransport(`${PATH}polling`, options)
