import type { Entry } from '../../protocol/entry.ts'
import type { Message } from '../sdk/timeline.ts'
import { entryLine, messageLine, type RenderContext } from './entry-line.ts'
import { clock, day } from './format.ts'
import { visible } from './visible.ts'

/** The lines that scroll, with a line for each new day. */
export class MessagePrinter {
  readonly #reader: RenderContext
  readonly print: (line: string) => void
  #day = ''

  constructor(reader: RenderContext, print: (line: string) => void) {
    this.#reader = reader
    this.print = print
  }

  /** A message as it is now; `where` is said of another room than the one that is looked at. */
  message(message: Message, where: string): void {
    this.#newDay(message.at)
    this.print(messageLine(message, this.#reader, where))
  }

  /** What was just heard. */
  entry(entry: Entry, about: Message | undefined, where: string): void {
    this.#newDay(entry.at)
    this.print(entryLine(entry, this.#reader, about, where))
  }

  /** Something that happened, in a line of its own. */
  note(text: string): void {
    this.print(this.#reader.paint.dim(`${clock(Date.now())} · ${text}`))
  }

  /** Something that did not work, and what to do. */
  error(text: string): void {
    this.print(this.#reader.paint.bad(`! ${visible(text)}`))
  }

  #newDay(at: number): void {
    const today = day(at)
    if (today !== this.#day) this.print(this.#reader.paint.dim(`── ${today}`))
    this.#day = today
  }
}
