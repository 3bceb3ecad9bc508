import { ChatClient } from '../../client/sdk/client.ts'
import { asFault } from '../../client/sdk/fault.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { Random } from '../measure/random.ts'
import type { Command } from './history.ts'
import { Memory } from './memory.ts'
import { Network } from './network.ts'
import { openConnection } from './open-connection.ts'
import type { Recorder } from './recorder.ts'
import { registerClient } from './recording-client.ts'

export interface VirtualUserOptions {
  who: string
  url: string
  transports?: ('websocket' | 'polling')[]
  /** The client stays in all of them, except that it leaves the last one now and then. */
  rooms: string[]
  dedupeMs: number
  random: Random
  recorder: Recorder
}

/** Sends nothing while this many commands are pending, so that all complete within the run. */
const PENDING_MAX = 60

/** One virtual user: sends numbered messages, edits, deletes, reacts, leaves and rejoins, and records everything. */
export class VirtualUser {
  readonly who: string
  readonly network = new Network()
  readonly rooms: string[]
  readonly client: ChatClient
  readonly count = { sent: 0, messages: 0, acknowledged: 0, delivered: 0 }
  readonly #options: VirtualUserOptions
  readonly #here = new Set<string>()
  readonly #entering = new Set<string>()
  readonly #memory = new Map<string, Memory>()
  /** By room: the last delivered seq, and the members as last reported. */
  readonly #heads = new Map<string, number>()
  readonly #members = new Map<string, string[]>()
  #ops = 0

  constructor(options: VirtualUserOptions) {
    this.#options = options
    this.who = options.who
    this.rooms = options.rooms
    registerClient(this.who, { network: this.network, recorder: options.recorder })
    const { url, transports, dedupeMs } = options
    this.client = new ChatClient({ url: `${url}/?who=${this.who}`, name: this.who, transports, dedupeMs })
    this.#listen()
  }

  async connect(): Promise<void> {
    this.client.connect()
    await Promise.all(this.rooms.map((room) => this.enter(room)))
  }

  async enter(room: string): Promise<void> {
    this.#note({ what: 'enter', room })
    this.#memory.set(room, new Memory())
    this.#entering.add(room)
    await this.client.join(room)
    this.#entering.delete(room)
    this.#here.add(room)
  }

  /** Performs one random action in one of its rooms. */
  act(): void {
    const { random } = this.#options
    const room = random.pick([...this.#here])
    if (room === undefined || this.client.waiting >= PENDING_MAX) return
    const memory = this.#memory.get(room)!
    const chance = random.next()
    const own = chance < 0.12 ? random.pick(memory.own) : undefined
    const any = chance < 0.2 ? random.pick(memory.received) : undefined
    if (chance < 0.002 && room === this.rooms.at(-1)) void this.#stepOut(room)
    else if (own !== undefined && chance < 0.08) this.#edit(room, own)
    else if (own !== undefined) this.#delete(room, own)
    else if (any !== undefined) this.#react(room, any)
    else this.sendMessage(room)
  }

  sendMessage(room: string, tail = this.#tail()): void {
    this.count.sent++
    const text = this.#text(tail)
    this.#send({ room, kind: 'message', text }, this.client.send(room, text)).then(
      (entry) => {
        this.count.messages++
        this.#memory.get(room)?.addOwn(entry.seq)
      },
      () => {},
    )
  }

  /** Records the members of each room, as the SDK reports them and as the node returns them. */
  async checkMembers(): Promise<void> {
    await Promise.all(
      [...this.#here].map(async (room) => {
        const ids = this.#members.get(room)
        if (ids) this.#note({ what: 'members', how: 'event', room, ids })
        const page = await this.client.members(room).catch(() => undefined)
        if (page) this.#note({ what: 'members', how: 'read', room, ids: page.members.map(({ id }) => id) })
      }),
    )
  }

  /** Whether no command is pending. */
  drained(): boolean {
    for (const room of this.rooms) this.#discardDoubtful(room)
    return this.client.waiting === 0 && this.#entering.size === 0
  }

  /**
   * Whether no command is pending and the complete logs of its rooms were received. Final only after all clients are
   * drained: until then a log may still grow.
   */
  async settled(): Promise<boolean> {
    if (!this.drained()) return false
    const heads = await Promise.all([...this.#here].map(async (room) => [room, await this.#head(room)] as const))
    if (heads.some(([room, head]) => head !== (this.#heads.get(room) ?? 0))) return false
    this.#note({ what: 'ended', settled: true, waiting: 0 })
    return true
  }

  /** Records what is still pending when the time limit is over. */
  giveUp(): void {
    this.#note({ what: 'ended', settled: false, waiting: this.client.waiting })
  }

  /** Opens further connections of this user concurrently and records how many were refused. */
  async tryConnections(count: number): Promise<void> {
    const { url } = this.#options
    const { token = '' } = this.client
    const codes = await Promise.all(Array.from({ length: count }, () => openConnection(url, token)))
    const refused = codes.filter((code) => code !== undefined)
    const [code] = refused
    this.#note({ what: 'connections', opened: count - refused.length, refused: refused.length, code })
  }

  #edit(room: string, target: number): void {
    const text = this.#text(this.#tail())
    this.#send({ room, kind: 'edit', text, target }, this.client.edit(room, target, text)).catch(() => {})
  }

  #delete(room: string, target: number): void {
    this.#memory.get(room)?.forget(target)
    this.#send({ room, kind: 'delete', target }, this.client.delete(room, target)).catch(() => {})
  }

  #react(room: string, target: number): void {
    const emoji = this.#options.random.pick(['👍', '🎉', '😀']) as string
    const on = this.#options.random.next() < 0.7
    this.#send({ room, kind: 'reaction', target, emoji, on }, this.client.react(room, target, emoji, on)).catch(
      () => {},
    )
  }

  /** Unique text. */
  #text(tail: string): string {
    return `${this.who} ${this.#ops + 1} ${tail}`
  }

  #tail(): string {
    return '.'.repeat(this.#options.random.below(80))
  }

  async #send(withDigest: Command, sent: Promise<Entry>): Promise<Entry> {
    const op = ++this.#ops
    const { recorder } = this.#options
    this.#note({ what: 'send', op, ...recorder.withDigest(withDigest) })
    try {
      const entry = await sent
      this.count.acknowledged++
      this.#note({ what: 'sent', op, room: withDigest.room, digest: recorder.name(entry) })
      return entry
    } catch (error) {
      this.#note({ what: 'failed', op, code: asFault(error).code })
      throw error
    }
  }

  /** Leaves the room and rejoins after 0.5 to 6 s, unless a command is pending there. */
  async #stepOut(room: string): Promise<void> {
    if (this.client.pendingCommands(room).length > 0) return
    this.#here.delete(room)
    this.#note({ what: 'leave', room })
    await this.client.leave(room).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, this.#options.random.between(500, 6_000)))
    await this.enter(room).catch(() => {})
  }

  #discardDoubtful(room: string): void {
    for (const { doubtful, input } of this.client.pendingCommands(room)) {
      if (!doubtful) continue
      this.#note({ what: 'doubtful', room, clientId: input.clientId })
      this.client.discard(input.clientId)
    }
  }

  #note(what: Parameters<Recorder['note']>[1]): void {
    this.#options.recorder.note(this.who, what)
  }

  async #head(room: string): Promise<number> {
    const page = await this.client.history(room, { limit: 1 }).catch(() => undefined)
    return page?.head ?? -1
  }

  #listen(): void {
    const { client } = this
    client.on('session', ({ user }) => this.#note({ what: 'identified', user: user.id }))
    client.on('state', ({ state, node, transport, fault }) =>
      this.#note({ what: 'state', state, node, transport, code: fault?.code }),
    )
    client.on('reset', ({ room }) => this.#note({ what: 'reset', room }))
    client.on('refused', ({ room, fault }) => this.#note({ what: 'refused', room, code: fault.code }))
    client.on('members', ({ room, members }) => {
      this.#members.set(
        room,
        members.map(({ id }) => id),
      )
    })
    client.on('entries', ({ room, epoch, entries }) => {
      this.count.delivered += entries.length
      this.#heads.set(room, entries.at(-1)?.seq ?? 0)
      for (const { kind, seq } of entries) if (kind === 'message') this.#memory.get(room)?.addReceived(seq)
      for (const batch of this.#options.recorder.batches(epoch, entries))
        this.#note({ what: 'delivered', room, ...batch })
    })
  }
}
