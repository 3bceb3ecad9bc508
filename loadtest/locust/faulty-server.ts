import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Server, type Socket } from 'socket.io'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Entry } from '../../protocol/entry.ts'

/** Protocol violations by API, with the row and reason that Locust must report. */
export const VIOLATIONS = {
  socketio: {
    'no response to a message': ['send→ack', 'No response in time'],
    'responds with a fault': ['send→ack', 'Fault unavailable: Not today.'],
    'no delivery': ['send→delivery', 'Message not delivered in time'],
    'skips a seq': ['stream', 'Gap in the room'],
    'duplicate delivery': ['stream', 'Duplicate or out-of-order entry'],
    'closes the connection': ['connection', 'The connection was lost'],
    'withholds missed entries': ['stream', 'Gap between the entries of the response and its head'],
  },
  rest: {
    'no response to a message': ['send→ack', 'No response in time'],
    'responds with a fault': ['send→ack', 'Fault not_admitted: Not today.'],
    'no delivery': ['send→delivery', 'Message not delivered in time'],
    'skips a seq': ['stream', 'Gap in the room'],
    'duplicate delivery': ['stream', 'Duplicate or out-of-order entry'],
  },
  ws: {
    'no delivery': ['send→delivery', 'Message not delivered in time'],
    'skips a message': ['stream', 'Gap in the messages of a sender'],
    'duplicate delivery': ['stream', 'Duplicate or out-of-order message'],
    'closes the connection': ['connection', 'The connection was lost'],
  },
} as const

type Api = keyof typeof VIOLATIONS

const LABELS = { websocket: 'socketio', polling: 'socketio', rest: 'rest', ws: 'ws' } as const
type Label = keyof typeof LABELS

/** All violations, as the table names them. */
export const CASES = Object.entries(LABELS).flatMap(([label, api]) =>
  Object.entries(VIOLATIONS[api]).map(([violation, [row, why]]) => ({
    label,
    violation,
    row: `${label}: ${row}`,
    why,
  })),
)

/** Longer than Locust waits for a response or a message in these tests. */
const DETECTED_WITHIN_MS = 5_000

const OTHER_USER = { id: 'somebody', name: 'Somebody' }

/**
 * Implements the part of the protocol that Locust uses. Each user has a separate log, whatever the room's name, and
 * sees a correct server with one exception.
 */
export class FaultyServer {
  /** Resolves when each violation has been committed and the affected user has had time to detect it. */
  readonly allCommitted: Promise<void>
  #settle = () => {}
  readonly #remaining = new Set(CASES.map(({ label, violation }) => `${label} ${violation}`))
  readonly #http = createServer((request, response) => {
    // The client may have closed the connection before the end of the request or response.
    this.#onRequest(request, response).catch(() => response.destroy())
  })
  readonly #io = new Server(this.#http)
  readonly #ws = new WebSocketServer({ noServer: true })
  readonly #logs = new Map<string, Entry[]>()
  #webSockets = 0
  url = ''

  private constructor() {
    this.allCommitted = new Promise((resolve) => {
      this.#settle = resolve
    })
    // A transport that waits 30 s for its client's last poll would keep the tests from ending.
    this.#io.engine.on('connection', ({ transport }) => Object.assign(transport, { closeTimeout: 100 }))
    this.#io.on('connection', (socket) => this.#onSocketIo(socket))
    this.#http.on('upgrade', (request, socket, head) => {
      if (request.url === '/ws') this.#ws.handleUpgrade(request, socket, head, (ws) => this.#onWebSocket(ws))
    })
  }

  static async start(): Promise<FaultyServer> {
    const server = new FaultyServer()
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    server.url = `http://127.0.0.1:${(server.#http.address() as AddressInfo).port}`
    return server
  }

  async close(): Promise<void> {
    for (const ws of this.#ws.clients) ws.terminate()
    await this.#io.close()
    this.#http.closeAllConnections()
  }

  /** Violations not committed yet, for the message of a timed-out test. */
  get remaining(): string[] {
    return [...this.#remaining]
  }

  /** The violation that a user, such as "polling 3", sees. */
  #violationOf(user: string): { label: Label; violation: string } {
    const [label, number] = user.split(' ') as [Label, string]
    const violations = Object.keys(VIOLATIONS[LABELS[label] as Api])
    return { label, violation: violations[Number(number) % violations.length]! }
  }

  #committed(label: Label, violation: string): void {
    const isNew = this.#remaining.delete(`${label} ${violation}`)
    if (isNew && this.#remaining.size === 0) setTimeout(this.#settle, DETECTED_WITHIN_MS)
  }

  #logOf(user: string): Entry[] {
    const entries = this.#logs.get(user) ?? []
    this.#logs.set(user, entries)
    return entries
  }

  #append(user: string, room: string, message: Pick<Entry, 'clientId' | 'text'>): Entry {
    const { label, violation } = this.#violationOf(user)
    const entries = this.#logOf(user)
    const seq = (entries.at(-1)?.seq ?? 0) + (violation === 'skips a seq' ? 2 : 1)
    const entry = { ...message, room, seq, kind: 'message', at: Date.now(), by: OTHER_USER } as Entry
    entries.push(entry)
    this.#committed(label, violation)
    return entry
  }

  #onSocketIo(socket: Socket): void {
    const user = String(socket.handshake.auth.token)
    const { label, violation } = this.#violationOf(user)
    // Locust groups users by room and epoch.
    const epoch = `of ${user}`
    socket.on('typing:set', (_input, ack) => {
      if (violation !== 'closes the connection') return ack({ ok: true, value: {} })
      // A user that waits for a response is not disconnecting itself.
      socket.disconnect(true)
      this.#committed(label, violation)
    })
    socket.on('room:join', ({ room, after }, ack) => {
      const all = this.#logOf(user)
      const head = all.at(-1)?.seq ?? 0
      const withholds = violation === 'withholds missed entries' && after !== undefined
      const entries = all.filter(({ seq }) => after !== undefined && seq > after)
      ack({ ok: true, value: { room, epoch, head: head + Number(withholds), entries, more: false, truncated: false } })
      if (withholds) this.#committed(label, violation)
    })
    socket.on('message:send', ({ room, ...message }, ack) => {
      if (violation === 'no response to a message') return this.#committed(label, violation)
      if (violation === 'responds with a fault') {
        ack({ ok: false, fault: { code: 'unavailable', message: 'Not today.', retryable: true } })
        return this.#committed(label, violation)
      }
      if (violation === 'withholds missed entries') {
        // Correct except for the response after a reconnect.
        const entries = this.#logOf(user)
        const entry = { ...message, room, seq: entries.length + 1, kind: 'message' }
        entries.push(entry as Entry)
        ack({ ok: true, value: entry })
        return void socket.emit('entries', { room, epoch, entries: [entry] })
      }
      const entry = this.#append(user, room, message)
      ack({ ok: true, value: entry })
      if (violation === 'no delivery') return
      socket.emit('entries', { room, epoch, entries: violation === 'duplicate delivery' ? [entry, entry] : [entry] })
    })
    socket.emit('session', { user: OTHER_USER, node: 'n1', wire: 1, features: [] })
  }

  #onWebSocket(ws: WebSocket): void {
    const { label, violation } = this.#violationOf(`ws ${this.#webSockets++}`)
    ws.on('message', (data) => {
      this.#committed(label, violation)
      if (violation === 'no delivery') return
      ws.send(`${data}`)
      if (violation === 'duplicate delivery') ws.send(`${data}`)
      if (violation === 'closes the connection') ws.terminate()
      // Simulates the loss of the next message.
      const later = (number: string) => `/${Number(number.slice(1)) + 2}`
      if (violation === 'skips a message') ws.send(`${data}`.replace(/\/\d+/, later))
    })
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const body = request.method === 'POST' ? JSON.parse(await text(request)) : {}
    const user = String(request.headers.authorization).replace('Bearer ', '')
    const respond = (answer: object) => response.end(JSON.stringify(answer))
    if (pathname === '/auth/guest') return void respond({ ok: true, value: { token: body.name } })
    if (pathname === '/updateStatus') return void respond({ ok: true, value: {} })
    const { label, violation } = this.#violationOf(user)
    if (pathname === '/getMessages') {
      const after = Number(searchParams.get('after') ?? Number.POSITIVE_INFINITY)
      const all = this.#logOf(user)
      const read = violation === 'no delivery' ? [] : all.filter(({ seq }) => seq > after)
      const messages = violation === 'duplicate delivery' ? read.flatMap((entry) => [entry, entry]) : read
      const next = read.at(-1)?.seq ?? (Number.isFinite(after) ? after : 0)
      const value = { epoch: `of ${user}`, head: next, messages, changes: [], more: false, truncated: false, next }
      return void respond({ ok: true, value })
    }
    if (violation === 'no response to a message') return this.#committed(label, violation)
    if (violation === 'responds with a fault') {
      respond({ ok: false, fault: { code: 'not_admitted', message: 'Not today.', retryable: false } })
      return this.#committed(label, violation)
    }
    respond({ ok: true, value: this.#append(user, body.roomId, { clientId: body.clientId, text: body.message }) })
  }
}
