import type { Entry } from '../../protocol/entry.ts'
import { directPeople, isDirect } from '../../protocol/room.ts'
import type { ChatClient } from '../sdk/client.ts'
import { asFault, Discarded } from '../sdk/fault.ts'
import type { Message } from '../sdk/timeline.ts'
import type { Colors } from './colors.ts'
import { count, shortened } from './format.ts'
import { KnownUsers } from './known-users.ts'
import { MessagePrinter } from './message-printer.ts'
import { OpenRoom } from './open-room.ts'
import { PresenceLines } from './presence-lines.ts'
import { ReceiptSender } from './receipt-sender.ts'
import { visible } from './visible.ts'

export interface ChatSessionOptions {
  chat: ChatClient
  colors: Colors
  /** Number of messages to show on joining a room. */
  history: number
  print(line: string): void
  /** The status line or the prompt may have changed. */
  changed(): void
  end(): void
}

/** A batch of more entries than this is shown as folded messages instead. */
const MAX_LIVE_BATCH = 60
const QUOTED_CHARS = 60

/** The state of the interactive client: the joined rooms, the current one, and what was printed of them. */
export class ChatSession {
  readonly people = new KnownUsers()
  readonly rooms = new Map<string, OpenRoom>()
  readonly presenceLines: PresenceLines
  readonly chat: ChatClient
  readonly colors: Colors
  /** The rooms of the last room list, for completion. */
  listed: string[] = []
  current = ''
  /** Set on exit: connection events are no longer reported. */
  closing = false
  /** Number of commands that were rejected or discarded. */
  failures = 0
  readonly #options: ChatSessionOptions
  readonly #receipts: ReceiptSender
  readonly #printer: MessagePrinter

  constructor(options: ChatSessionOptions) {
    this.#options = options
    this.chat = options.chat
    this.colors = options.colors
    this.#printer = new MessagePrinter(this, options.print)
    this.presenceLines = new PresenceLines((line) => this.note(line))
    this.#receipts = new ReceiptSender((room, seq) => this.chat.receipt(room, seq))
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
    this.#printer.print(line)
  }

  note(text: string): void {
    this.#printer.note(text)
  }

  error(text: string): void {
    this.#printer.error(text)
  }

  /** The display name of a room: `#lobby`, or `@Bob` for the direct room with Bob. */
  title(room: string): string {
    const other = directPeople(room)?.find((id) => id !== this.me)
    return isDirect(room) ? `@${other === undefined ? 'yourself' : this.people.label(other)}` : `#${visible(room)}`
  }

  /** Makes a room the current one, and joins it if necessary. Rejects with a ChatFault when access is denied. */
  async open(name: string): Promise<void> {
    const room = await this.enter(name, 0)
    this.presenceLines.clear()
    if (this.current !== name) {
      this.current = name
      this.print(this.colors.bold(`── ${this.title(name)} ${this.colors.dim(`· ${count(room.online)} online`)}`))
    }
    this.catchUp(room)
    this.changed()
  }

  /** Joins a room. Messages up to the seq `read` need not be shown. */
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

  /** Handles received entries. Those of the first page are shown when the room is opened. */
  receive(room: OpenRoom, entries: readonly Entry[]): void {
    this.people.add(entries.map(({ by }) => by))
    const changed = entries.map(({ target }) => (target === undefined ? undefined : room.timeline.find(target)))
    room.add(entries)
    if (!room.ready) return
    if (!this.#isVisible(room)) {
      room.unread += entries.filter(({ kind, by }) => kind === 'message' && by.id !== this.me).length
      this.changed()
      return
    }
    if (entries.length > MAX_LIVE_BATCH) {
      this.catchUp(room)
      return
    }
    for (const [i, entry] of entries.entries()) {
      if (entry.seq <= room.shown) continue
      this.#printer.entry(entry, changed[i], this.#roomPrefix(room))
    }
    this.#markRead(room)
  }

  /** Shows the newest messages that were not shown yet, at most as many as the option `history`. */
  catchUp(room: OpenRoom): void {
    const unseen = room.timeline.messages.filter(({ seq }) => seq > room.shown)
    const shown = this.#options.history > 0 ? unseen.slice(-this.#options.history) : []
    if (unseen.length > shown.length && room.shown > 0) {
      this.note(`${count(unseen.length - shown.length)} older messages not shown; type /older to load them`)
    }
    for (const message of shown) this.show(message, room)
    this.#markRead(room)
  }

  show(message: Message, room: OpenRoom): void {
    this.#printer.message(message, this.#roomPrefix(room))
  }

  /**
   * Reports the failure of a command. On success nothing is printed, since its entry is shown. Resolves with whether it
   * succeeded.
   */
  async track(sending: Promise<Entry>, what: string): Promise<boolean> {
    const short = shortened(visible(what), QUOTED_CHARS)
    if (this.chat.state.state !== 'live') this.note(`will be sent when connected: ${short}`)
    try {
      await sending
      return true
    } catch (error) {
      // Commands that were pending on exit are reported as unsent.
      if (this.closing) return false
      this.failures++
      if (error instanceof Discarded) this.error(`Discarded: ${short} (it may have been sent; check the room)`)
      else this.error(`Not sent: ${short} (${asFault(error).message})`)
      return false
    } finally {
      this.changed()
    }
  }

  /** Direct messages are shown in every room. */
  #isVisible = ({ name }: OpenRoom): boolean => name === this.current || isDirect(name)

  #roomPrefix({ name }: OpenRoom): string {
    return name === this.current ? '' : this.colors.bold(`[${this.title(name)}] `)
  }

  #markRead(room: OpenRoom): void {
    room.unread = 0
    const newest = room.timeline.newest ?? 0
    if (newest <= room.shown) return
    room.shown = newest
    this.#receipts.read(room.name, newest)
  }
}
