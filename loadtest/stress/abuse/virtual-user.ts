import type { Answer } from '../../../protocol/faults.ts'
import { PollingTransport } from '../../clients/polling-transport.ts'
import type { ClientTransport, Target } from '../../clients/transport.ts'
import { WebSocketTransport } from '../../clients/websocket-transport.ts'
import type { Histogram } from '../../measure/histogram.ts'
import { tenths, textOf } from '../../measure/payload.ts'
import { Random } from '../../measure/random.ts'
import type { UserPlan } from './plan.ts'
import { reasonOf } from './reason.ts'

const RECONNECT_AFTER_MS = 500
/** `@` and the send time, as written by textOf. */
const SENT_AT = /^@(\d{12})/
const TRANSPORTS = { websocket: WebSocketTransport, polling: PollingTransport }

/** Measurements of all users of a worker; reset when a window starts. */
export interface Measured {
  acks: Histogram
  deliveries: Histogram
  sent: number
  acknowledged: number
  delivered: number
  faults: Record<string, number>
  disconnects: Record<string, number>
  outOfOrder: number
  stale: number
}

export const increment = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** An ordinary user: joins several rooms, types and sends, and checks that every entry has the next seq. */
export class VirtualUser {
  id = ''
  /** Room → time of joining, on the clock of performance.now(). */
  readonly joinedAt = new Map<string, number>()
  /** Room → last seq received. */
  readonly seqs = new Map<string, number>()
  readonly #random: Random
  readonly #pendingAcks = new Map<number, (answer: Answer<unknown>) => void>()
  #connection: ClientTransport | undefined
  #token: string | undefined
  #ids = 0
  #sends = 0
  #pending = 0
  #closed = false

  constructor(
    private readonly plan: UserPlan,
    private readonly target: Target,
    private readonly measured: () => Measured,
  ) {
    this.#random = new Random(plan.seed)
  }

  get ready(): boolean {
    return this.joinedAt.size === this.plan.rooms.length
  }

  /** Sends without a response. */
  get pending(): number {
    return this.#pending
  }

  connect(): void {
    const { transport, localAddress } = this.plan
    const path = `/socket.io/?EIO=4&transport=${transport}`
    const connection: ClientTransport = new TRANSPORTS[transport](path, {
      ...{ ...this.target, localAddress },
      open: () => {},
      packet: (bytes, start, end) => this.#packet(connection, bytes.toString('utf8', start, end)),
      closed: (reason) => this.#onClose(reason),
    })
    this.#connection = connection
  }

  /** Sends a message to one of its rooms, sometimes after typing. */
  send(): void {
    if (!this.ready) return
    const room = this.#random.pick(this.plan.rooms)!
    if (this.#random.next() < 0.5) this.#request('typing:set', { room, typing: true }, () => {})
    const at = tenths()
    const measured = this.measured()
    const clientId = `u${this.plan.number}-${++this.#sends}`
    measured.sent++
    this.#pending++
    this.#request('message:send', { room, text: textOf(at, this.#sends), clientId }, (answer) => {
      this.#pending--
      if (!answer.ok) return increment(measured.faults, answer.fault.code)
      measured.acknowledged++
      measured.acks.add(tenths() - at)
    })
  }

  close(): void {
    this.#closed = true
    this.#connection?.close()
  }

  #request(command: string, input: object, answered: (answer: Answer<unknown>) => void): void {
    const id = this.#ids++
    this.#pendingAcks.set(id, answered)
    this.#connection?.send(`42${id}${JSON.stringify([command, input])}`)
  }

  #packet(clientTransport: ClientTransport, packet: string): void {
    if (packet === '2') clientTransport.send('3')
    else if (packet.startsWith('0')) {
      clientTransport.send(
        `40${JSON.stringify(this.#token === undefined ? { name: `User ${this.plan.number}` } : { token: this.#token })}`,
      )
    } else if (packet.startsWith('42')) this.#event(JSON.parse(packet.slice(2)) as [string, never])
    else if (packet.startsWith('43')) this.#answered(packet)
    else if (packet.startsWith('44')) clientTransport.close()
  }

  #answered(packet: string): void {
    const begin = packet.indexOf('[')
    const id = Number(packet.slice(2, begin))
    const [answer] = JSON.parse(packet.slice(begin)) as [Answer<unknown>]
    this.#pendingAcks.get(id)?.(answer)
    this.#pendingAcks.delete(id)
  }

  #event([name, payload]: [string, { room: string; entries: { seq: number; text?: string }[] }]): void {
    if (name === 'session') {
      const { user, token } = payload as unknown as { user: { id: string }; token?: string }
      this.id = user.id
      this.#token = token ?? this.#token
      for (const room of this.plan.rooms) this.#join(room)
    } else if (name === 'room:stale') {
      this.measured().stale++
      this.#join(payload.room)
    } else if (name === 'entries') this.#entries(payload)
  }

  #entries({ room, entries }: { room: string; entries: { seq: number; text?: string }[] }): void {
    const measured = this.measured()
    const now = tenths()
    let last = this.seqs.get(room) ?? 0
    for (const { seq, text = '' } of entries) {
      if (seq !== last + 1) measured.outOfOrder++
      last = seq
      const sentAt = SENT_AT.exec(text)?.[1]
      if (sentAt === undefined) continue
      measured.delivered++
      measured.deliveries.add(now - Number(sentAt))
    }
    this.seqs.set(room, last)
  }

  #join(room: string): void {
    this.#request('room:join', { room }, (answer) => {
      if (!answer.ok) {
        setTimeout(() => this.#connection && this.#join(room), answer.fault.retryInMs ?? RECONNECT_AFTER_MS)
        return
      }
      this.seqs.set(room, (answer.value as { head: number }).head)
      this.joinedAt.set(room, performance.now())
    })
  }

  #onClose(reason: string): void {
    this.#connection = undefined
    this.#pendingAcks.clear()
    const measured = this.measured()
    if (this.#pending > 0)
      measured.faults['connection lost'] = (measured.faults['connection lost'] ?? 0) + this.#pending
    this.#pending = 0
    if (this.#closed) return
    if (this.joinedAt.size > 0) increment(measured.disconnects, reasonOf(reason))
    this.joinedAt.clear()
    setTimeout(() => this.#closed || this.connect(), RECONNECT_AFTER_MS * (1 + Math.random()))
  }
}
