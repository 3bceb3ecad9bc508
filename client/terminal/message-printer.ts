import type { Entry } from '../../protocol/entry.ts'
import type { Message } from '../sdk/timeline.ts'
import { entryLine, messageLine, type RenderContext } from './entry-line.ts'
import { clock, day } from './format.ts'
import { visible } from './visible.ts'

/** Prints messages, entries and notes, with a separator line for each new day. */
export class MessagePrinter {
  readonly #context: RenderContext
  readonly print: (line: string) => void
  #day = ''

  constructor(context: RenderContext, print: (line: string) => void) {
    this.#context = context
    this.print = print
  }

  /** A folded message; `where` names the room if it is not the current one. */
  message(message: Message, where: string): void {
    this.#newDay(message.at)
    this.print(messageLine(message, this.#context, where))
  }

  /** A live entry. */
  entry(entry: Entry, about: Message | undefined, where: string): void {
    this.#newDay(entry.at)
    this.print(entryLine(entry, this.#context, about, where))
  }

  /** An event. */
  note(text: string): void {
    this.print(this.#context.colors.dim(`${clock(Date.now())} · ${text}`))
  }

  /** An error, with what to do about it. */
  error(text: string): void {
    this.print(this.#context.colors.bad(`! ${visible(text)}`))
  }

  #newDay(at: number): void {
    const today = day(at)
    if (today !== this.#day) this.print(this.#context.colors.dim(`── ${today}`))
    this.#day = today
  }
}
