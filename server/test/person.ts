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

/** A stock socket.io-client that records all events: it sees what any external client sees. */
export class TestClient {
  readonly received: { event: string; payload: unknown }[] = []
  readonly #waiters = new Set<() => void>()
  static readonly #instances = new Set<TestClient>()
  session!: Payload<'session'>

  private constructor(readonly socket: Socket) {
    TestClient.#instances.add(this)
    socket.onAny((event: string, payload: unknown) => {
      this.received.push({ event, payload })
      for (const check of this.#waiters) check()
    })
    // The protocol requires that reconnections present the token issued to a guest.
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

  static async connect(url: string, name: string, options: ConnectOptions = {}): Promise<TestClient> {
    const testClient = new TestClient(
      TestClient.socket(url, options.token ? { token: options.token } : { name }, options),
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

  /** Sends any event with any arguments; resolves to the raw acknowledgement. */
  request(name: string, ...input: unknown[]): Promise<Answer<unknown>> {
    return this.socket.timeout(TIMEOUT_MS).emitWithAck(name, ...input)
  }

  async emit<C extends CommandName>(name: C, input: Input<C>): Promise<Output<C>> {
    const answer = await this.request(name, input)
    if (!answer.ok) throw Object.assign(new Error(`${name}: ${answer.fault.message}`), answer.fault)
    return answer.value as Output<C>
  }

  /** The fault of a command; throws if the command succeeds. */
  async requestFault(name: string, ...input: unknown[]): Promise<Fault> {
    const answer = await this.request(name, ...input)
    if (answer.ok) throw new Error(`${name} was accepted: ${JSON.stringify(answer.value).slice(0, 200)}`)
    return answer.fault
  }

  send(room: string, text: string, clientId = newClientId()): Promise<Entry> {
    return this.emit('message:send', { room, text, clientId })
  }

  /** The first past or future event of that name that `matches`. */
  waitFor<E extends EventName>(event: E, matches: (payload: Payload<E>) => boolean = () => true): Promise<Payload<E>> {
    return this.waitUntil(`${event} that ${matches}`, () => this.events(event).find(matches))
  }

  events<E extends EventName>(event: E): Payload<E>[] {
    return this.received.filter((each) => each.event === event).map(({ payload }) => payload as Payload<E>)
  }

  /** All received entries of the room, in order. */
  entries(room: string): Entry[] {
    return this.events('entries').flatMap((batch) => (batch.room === room ? batch.entries : []))
  }

  async waitForSeq(room: string, seq: number): Promise<void> {
    await this.waitUntil(`seq ${seq} in ${room}`, () => (this.entries(room).at(-1)?.seq ?? 0) >= seq || undefined)
  }

  waitUntil<T>(what: string, check: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(recheck)
        reject(
          new Error(
            `timed out after ${TIMEOUT_MS / 1_000} s waiting for ${what}; last events: ${JSON.stringify(this.received.slice(-5))}`,
          ),
        )
      }, TIMEOUT_MS)
      const recheck = () => {
        const found = check()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiters.delete(recheck)
        resolve(found)
      }
      this.#waiters.add(recheck)
      recheck()
    })
  }

  close(): void {
    this.socket.close()
    TestClient.#instances.delete(this)
  }

  static disconnectAll(): void {
    for (const testClient of TestClient.#instances) testClient.close()
  }
}

let count = 0
export const newClientId = (): string => `c${process.pid}-${++count}`
