import type { Entry } from '../../protocol/entry.ts'
import { directPeople, isDirect } from '../../protocol/room.ts'
import type { ChatClient } from '../sdk/client.ts'
import { asFault, Discarded } from '../sdk/fault.ts'
import type { Message } from '../sdk/timeline.ts'
import { count, shortened } from './format.ts'
import { OpenRoom } from './open-room.ts'
import type { Colors } from './paint.ts'
import { KnownUsers } from './people.ts'
import { PresenceLines } from './presence-lines.ts'
import { ReceiptSender } from './read-marks.ts'
import { MessagePrinter } from './scroll.ts'
import { visible } from './visible.ts'

export interface ChatSessionOptions {
  chat: ChatClient
  paint: Colors
  /** How many of a room's newest messages are shown on coming in. */
  history: number
  print(line: string): void
  /** What the status line or the prompt says may be different now. */
  changed(): void
  end(): void
}

/** More entries than this at once are shown as the newest messages that came of them. */
const BURST = 60
const QUOTED_CHARS = 60

/**
 * What somebody at a terminal sees and does: the rooms that are open, the one that is looked at, and the lines of it.
 */
export class ChatSession {
  readonly people = new KnownUsers()
  readonly rooms = new Map<string, OpenRoom>()
  readonly presenceLines: PresenceLines
  readonly chat: ChatClient
  readonly paint: Colors
  /** Every room on the server that was listed last. */
  listed: string[] = []
  current = ''
  /** Leaving: what the connection does no longer matters. */
  closing = false
  /** How many of what was said was refused, or given up. */
  failures = 0
  readonly #options: ChatSessionOptions
  readonly #marks: ReceiptSender
  readonly #scroll: MessagePrinter

  constructor(options: ChatSessionOptions) {
    this.#options = options
    this.chat = options.chat
    this.paint = options.paint
    this.#scroll = new MessagePrinter(this, options.print)
    this.presenceLines = new PresenceLines((line) => this.note(line))
    this.#marks = new ReceiptSender((room, seq) => this.chat.receipt(room, seq))
  }

  get me(): string {
    return this.chat.user?.id ?? ''
  }

  get room(): OpenRoom | undefined {
    return this.rooms.get(this.current)
  }

  get changed(): () => void {
    return this.#options.changed
  }

  get end(): () => void {
    return this.#options.end
  }

  print(line: string): void {
    this.#scroll.print(line)
  }

  note(text: string): void {
    this.#scroll.note(text)
  }

  error(text: string): void {
    this.#scroll.error(text)
  }

  /** What people call a room: `#lobby`, or `@Bob` for the two of us. */
  title(room: string): string {
    const other = directPeople(room)?.find((id) => id !== this.me)
    return isDirect(room) ? `@${other === undefined ? 'yourself' : this.people.label(other)}` : `#${visible(room)}`
  }

  /** Looks at a room, and joins it first if need be. Rejects with a ChatFault when it does not let us in. */
  async open(name: string): Promise<void> {
    const room = await this.enter(name, 0)
    this.presenceLines.clear()
    if (this.current !== name) {
      this.current = name
      this.print(this.paint.bold(`── ${this.title(name)} ${this.paint.dim(`· ${count(room.online)} here`)}`))
    }
    this.catchUp(room)
    this.changed()
  }

  /** Joins a room; what is there up to `read` need not be shown. */
  async enter(name: string, read: number): Promise<OpenRoom> {
    const known = this.rooms.get(name)
    const room = known ?? new OpenRoom(name)
    if (!known) {
      room.shown = read
      this.rooms.set(name, room)
    }
    try {
      await this.chat.join(name)
    } catch (error) {
      this.rooms.delete(name)
      throw error
    }
    room.ready = true
    return room
  }

  async leave(name: string): Promise<void> {
    this.rooms.delete(name)
    if (this.current === name) this.current = [...this.rooms.keys()][0] ?? ''
    await this.chat.leave(name)
    this.note(`you left ${this.title(name)}`)
    if (this.current) await this.open(this.current)
    this.changed()
  }

  /** Entries as they come; the first page of a room waits until it is looked at. */
  receive(room: OpenRoom, entries: readonly Entry[]): void {
    this.people.add(entries.map(({ by }) => by))
    const changed = entries.map(({ target }) => (target === undefined ? undefined : room.timeline.find(target)))
    room.add(entries)
    if (!room.ready) return
    if (!this.#inSight(room)) {
      room.unread += entries.filter(({ kind, by }) => kind === 'message' && by.id !== this.me).length
      this.changed()
      return
    }
    if (entries.length > BURST) {
      this.catchUp(room)
      return
    }
    for (const [i, entry] of entries.entries()) {
      if (entry.seq <= room.shown) continue
      this.#scroll.entry(entry, changed[i], this.#where(room))
    }
    this.#seen(room)
  }

  /** Shows the newest messages of a room that were not shown yet. */
  catchUp(room: OpenRoom): void {
    const fresh = room.timeline.messages.filter(({ seq }) => seq > room.shown)
    const shown = this.#options.history > 0 ? fresh.slice(-this.#options.history) : []
    if (fresh.length > shown.length && room.shown > 0) {
      this.note(`${count(fresh.length - shown.length)} messages are not shown here; /older shows them`)
    }
    for (const message of shown) this.show(message, room)
    this.#seen(room)
  }

  show(message: Message, room: OpenRoom): void {
    this.#scroll.message(message, this.#where(room))
  }

  /** Says something; the log's own entry is what is shown. Resolves with whether the log has it. */
  async track(said: Promise<Entry>, what: string): Promise<boolean> {
    const short = shortened(visible(what), QUOTED_CHARS)
    if (this.chat.state.state !== 'live') this.note(`waits until there is a connection: ${short}`)
    try {
      await said
      return true
    } catch (error) {
      // What this client is closed over is told of as it leaves.
      if (this.closing) return false
      this.failures++
      if (error instanceof Discarded) this.error(`Given up: ${short} (it may have been sent; look whether it is there)`)
      else this.error(`Not sent: ${short} (${asFault(error).message})`)
      return false
    } finally {
      this.changed()
    }
  }

  /** Direct messages are shown wherever one looks. */
  #inSight = ({ name }: OpenRoom): boolean => name === this.current || isDirect(name)

  #where({ name }: OpenRoom): string {
    return name === this.current ? '' : this.paint.bold(`[${this.title(name)}] `)
  }

  #seen(room: OpenRoom): void {
    room.unread = 0
    const newest = room.timeline.newest ?? 0
    if (newest <= room.shown) return
    room.shown = newest
    this.#marks.read(room.name, newest)
  }
}
