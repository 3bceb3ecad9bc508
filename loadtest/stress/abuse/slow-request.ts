import { connect, type Socket } from 'node:net'
import { type Attacker, type AttackerOptions, noCounts } from './attacker.ts'
import { OpenLoop } from './open-loop.ts'

const HEADS = {
  'slow headers': 'GET /rooms HTTP/1.1\r\nHost: slow\r\nX-Slow: ',
  'slow body':
    'POST /auth/guest HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n',
}

/** Slowloris: a request whose headers or body arrive byte by byte. Counts bytes. */
export class SlowRequest implements Attacker {
  readonly counts = noCounts()
  connected = false
  #socket: Socket | undefined
  #closed = false
  readonly #rate: OpenLoop

  constructor(private readonly options: AttackerOptions & { perSecond: number; part: keyof typeof HEADS }) {
    this.#rate = new OpenLoop(options.perSecond)
  }

  tick(now: number): void {
    if (!this.#socket && !this.#closed) this.#open()
    const due = this.#rate.due(now)
    this.counts.offered += due
    if (!this.connected) this.counts.unconnected += due
    else if (due > 0) {
      this.#socket!.write('x'.repeat(due))
      this.counts.written += due
    }
  }

  close(): void {
    this.#closed = true
    this.#socket?.destroy()
  }

  #open(): void {
    const { host, port, localAddress, part, closed } = this.options
    const socket = connect({ host, port, localAddress })
    let reason = 'closed by the server'
    let answered = false
    socket.once('connect', () => {
      this.connected = true
      socket.write(HEADS[part])
    })
    socket.on('data', (bytes) => {
      if (!answered) reason = `answered with ${bytes.toString('latin1', 9, 12)}`
      answered = true
      socket.destroy()
    })
    socket.once('error', (error) => {
      reason = error.message
    })
    socket.once('close', () => {
      this.connected = false
      this.#socket = undefined
      if (!this.#closed) closed(reason)
    })
    this.#socket = socket
  }
}
