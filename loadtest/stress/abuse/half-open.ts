import { connect, type Socket } from 'node:net'
import { masked } from '../../clients/websocket-transport.ts'
import { type Attacker, type AttackerOptions, noCounts } from './attacker.ts'

const PATH = '/socket.io/?EIO=4&transport='
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n'
const PROBE = '2probe'
const SID = /"sid":"([^"]+)"/

/**
 * An incomplete Engine.IO handshake: a session on either transport without CONNECT, or an upgrade that is probed and
 * left open. Restarts when closed. Counts handshakes.
 */
export class HalfOpen implements Attacker {
  readonly counts = noCounts()
  connected = false
  #sockets: Socket[] = []
  #closed = false

  constructor(private readonly options: AttackerOptions & { transport: 'websocket' | 'polling'; probe: boolean }) {}

  tick(): void {
    if (this.#sockets.length > 0 || this.#closed) return
    const { transport } = this.options
    this.counts.offered++
    this.counts.written++
    this.#request(`${PATH}${transport}`, transport === 'websocket')
  }

  close(): void {
    this.#closed = true
    this.#destroy()
  }

  #request(path: string, upgrade: boolean): void {
    const { host, port, localAddress, probe, closed } = this.options
    const socket = connect({ host, port, localAddress })
    let reason = 'closed by the server'
    let heard = ''
    socket.once('connect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${upgrade ? UPGRADE : ''}\r\n`),
    )
    socket.on('data', (bytes) => {
      if (this.connected) return
      heard += bytes.toString('latin1')
      const status = heard.slice(9, 12)
      if (status !== '200' && status !== '101') {
        reason = `refused with ${status}`
        this.#destroy()
        return
      }
      if (upgrade && path.includes('&sid=')) {
        this.connected = true
        socket.write(masked(1, Buffer.from(PROBE)))
        return
      }
      const sid = SID.exec(heard)?.[1]
      if (sid === undefined) return
      if (probe) this.#request(`${PATH}websocket&sid=${sid}`, true)
      else this.connected = true
      // Polls the session, so that it is not merely idle.
      if (!upgrade && !probe) socket.write(`GET ${PATH}polling&sid=${sid} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
    })
    socket.once('error', (error) => {
      reason = error.message
    })
    socket.once('close', () => {
      if (!this.#sockets.includes(socket)) return
      this.#destroy()
      if (!this.#closed) closed(reason)
    })
    this.#sockets.push(socket)
  }

  #destroy(): void {
    this.connected = false
    const sockets = this.#sockets
    this.#sockets = []
    for (const socket of sockets) socket.destroy()
  }
}
