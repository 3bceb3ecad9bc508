import { io, type Socket } from 'socket.io-client'
import type { CommandName, Input, Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { EventName, Payload } from '../../protocol/events.ts'
import type { Answer, Fault } from '../../protocol/faults.ts'
import type { User } from '../../protocol/people.ts'

export type Transport = 'websocket' | 'polling'
export interface ConnectOptions {
  transports?: Transport[]
  upgrade?: boolean
  token?: string
}

const TIMEOUT_MS = 15_000

/** Somebody with a stock socket.io-client: what an outside client sees, and nothing else. */
export class TestClient {
  readonly received: { event: string; payload: unknown }[] = []
  readonly #waiting = new Set<() => void>()
  static readonly #instances = new Set<TestClient>()
  session!: Payload<'session'>

  private constructor(readonly socket: Socket) {
    TestClient.#instances.add(this)
    socket.onAny((event: string, payload: unknown) => {
      this.received.push({ event, payload })
      for (const look of this.#waiting) look()
    })
    // As the wire says: the token of a guest who came by name is presented by every later connection.
    socket.on('session', ({ token }: Payload<'session'>) => {
      if (token) socket.auth = { token }
    })
  }

  static socket(
    url: string,
    auth: object,
    { transports = ['websocket'], upgrade = true }: ConnectOptions = {},
  ): Socket {
    return io(url, { auth, transports, upgrade, forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 500 })
  }

  static async connect(url: string, name: string, arrival: ConnectOptions = {}): Promise<TestClient> {
    const testClient = new TestClient(
      TestClient.socket(url, arrival.token ? { token: arrival.token } : { name }, arrival),
    )
    testClient.session = await testClient.waitFor('session')
    return testClient
  }

  get user(): User {
    return this.session.user
  }

  get token(): string {
    return (this.socket.auth as { token: string }).token
  }

  /** The raw answer to anything at all. */
  request(name: string, ...input: unknown[]): Promise<Answer<unknown>> {
    return this.socket.timeout(TIMEOUT_MS).emitWithAck(name, ...input)
  }

  async emit<C extends CommandName>(name: C, input: Input<C>): Promise<Output<C>> {
    const answer = await this.request(name, input)
    if (!answer.ok) throw Object.assign(new Error(`${name}: ${answer.fault.message}`), answer.fault)
    return answer.value as Output<C>
  }

  /** The fault that a command is answered with. */
  async requestFault(name: string, ...input: unknown[]): Promise<Fault> {
    const answer = await this.request(name, ...input)
    if (answer.ok) throw new Error(`${name} was accepted: ${JSON.stringify(answer.value).slice(0, 200)}`)
    return answer.fault
  }

  send(room: string, text: string, clientId = newClientId()): Promise<Entry> {
    return this.emit('message:send', { room, text, clientId })
  }

  /** The first event of that name, past or to come, that `fits`. */
  waitFor<E extends EventName>(event: E, fits: (payload: Payload<E>) => boolean = () => true): Promise<Payload<E>> {
    return this.waitUntil(`${event} that ${fits}`, () => this.events(event).find(fits))
  }

  events<E extends EventName>(event: E): Payload<E>[] {
    return this.received.filter((heard) => heard.event === event).map(({ payload }) => payload as Payload<E>)
  }

  /** Every entry of the room's stream, as it came. */
  entries(room: string): Entry[] {
    return this.events('entries').flatMap((batch) => (batch.room === room ? batch.entries : []))
  }

  async waitForSeq(room: string, seq: number): Promise<void> {
    await this.waitUntil(`seq ${seq} in ${room}`, () => (this.entries(room).at(-1)?.seq ?? 0) >= seq || undefined)
  }

  waitUntil<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(again)
        reject(new Error(`waited in vain for ${what}; the last heard: ${JSON.stringify(this.received.slice(-5))}`))
      }, TIMEOUT_MS)
      const again = () => {
        const found = look()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(again)
        resolve(found)
      }
      this.#waiting.add(again)
      again()
    })
  }

  close(): void {
    this.socket.close()
    TestClient.#instances.delete(this)
  }

  static disconnectAll(): void {
    for (const person of TestClient.#instances) person.close()
  }
}

let count = 0
export const newClientId = (): string => `c${process.pid}-${++count}`
