import { type Completer, clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'

export interface ScreenOptions {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
  completer: Completer
  /** What stands below the lines; `width` is that of the window, in columns. */
  bottom(width: number): { status: string; prompt: string }
  line(text: string): void
  /** What is typed so far, at every key. */
  typed(text: string): void
  /** Ctrl-C. */
  interrupt(): void
  /** Ctrl-D on an empty line, or the terminal went away. */
  ended(): void
}

/** What readline keeps about the line that is typed: it documents the first two, and counts rows by the third. */
type Editor = Interface & { line: string; cursor: number; prevRows: number }

const HISTORY_LINES = 500

/**
 * Lines that scroll above a prompt that stays put. Readline edits the line and knows how wide it is; its prompt has
 * two rows, of which the first is the status line. To print, both are wiped, and drawn again below what was printed.
 */
export class Screen {
  readonly #options: ScreenOptions
  readonly #editor: Editor
  readonly #printed: string[] = []
  #drawn = ''
  /** The bottom stands there now, the cursor in it. */
  #there = false
  #soon: NodeJS.Immediate | undefined
  #closed = false

  constructor(options: ScreenOptions) {
    const { input, output, completer } = options
    this.#options = options
    // Before readline's own listener, which would count rows of the window as it was.
    output.on('resize', this.#resized)
    this.#editor = createInterface({
      input,
      output,
      completer,
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
    }) as Editor
    pasteWhereTheCursorIs(this.#editor)
    this.#editor.on('line', (text) => this.#entered(text))
    this.#editor.on('SIGINT', () => options.interrupt())
    this.#editor.on('close', () => {
      if (!this.#closed) options.ended()
    })
    input.on('keypress', this.#pressed)
    this.#draw()
  }

  /** One or several lines, above the prompt. */
  print(text: string): void {
    if (this.#closed) return void this.#options.output.write(`${text}\n`)
    this.#printed.push(text)
    this.changed()
  }

  /** The bottom may be another now; lines and changes of one moment are drawn together. */
  changed(): void {
    if (this.#closed) return
    this.#soon ??= setImmediate(() => this.#draw())
  }

  /** What is typed is dropped; false when there was nothing. */
  cancelLine(): boolean {
    const something = this.#editor.line.length > 0
    this.#wipe()
    this.#editor.line = ''
    this.#editor.cursor = 0
    this.#drawn = ''
    this.#draw()
    this.#options.typed('')
    return something
  }

  /** The bottom goes, what was printed stays, and the terminal is as it was. */
  close(): void {
    if (this.#closed) return
    this.#wipe()
    this.#flush()
    this.#closed = true
    clearImmediate(this.#soon)
    this.#options.output.off('resize', this.#resized)
    this.#options.input.off('keypress', this.#pressed)
    this.#editor.close()
  }

  readonly #pressed = () => this.#options.typed(this.#editor.line)

  readonly #resized = () => {
    // A terminal wraps anew what it shows, so the rows are those of the new width.
    this.#wipe()
    // Readline's own listener comes next, and draws it as it was.
    this.#there = true
    this.#drawn = ''
    this.changed()
  }

  #entered(text: string): void {
    // Readline has gone to the row below; the log will show the message itself.
    this.#editor.line = text
    this.#editor.cursor = text.length
    moveCursor(this.#options.output, 0, -1)
    this.#wipe()
    this.#editor.line = ''
    this.#editor.cursor = 0
    this.#drawn = ''
    this.#draw()
    this.#options.line(text)
  }

  #draw(): void {
    clearImmediate(this.#soon)
    this.#soon = undefined
    if (this.#closed) return
    const { status, prompt } = this.#options.bottom(this.#options.output.columns - 1)
    const bottom = `${status}\n${prompt}`
    if (this.#printed.length === 0 && bottom === this.#drawn) return
    // In one piece, or it would flicker.
    this.#options.output.cork()
    this.#wipe()
    this.#flush()
    this.#drawn = bottom
    this.#editor.setPrompt(bottom)
    this.#editor.prompt(true)
    this.#there = true
    this.#options.output.uncork()
  }

  #flush(): void {
    if (this.#printed.length > 0) this.#options.output.write(`${this.#printed.splice(0).join('\n')}\n`)
  }

  /** Takes away the status line, the prompt, and what is typed. */
  #wipe(): void {
    if (!this.#there) return
    this.#there = false
    const { output } = this.#options
    moveCursor(output, 0, -this.#editor.getCursorPos().rows)
    cursorTo(output, 0)
    clearScreenDown(output)
    this.#editor.prevRows = 0
  }
}

/**
 * While readline takes several characters at once, a paste, it switches completion off, and then appends what it should
 * insert. Here it is off only where the two are the same: at the end of the line.
 */
function pasteWhereTheCursorIs(editor: Editor): void {
  let pasting = false
  Object.defineProperty(editor, 'isCompletionEnabled', {
    get: () => !pasting || editor.cursor < editor.line.length,
    set: (enabled: boolean) => {
      pasting = !enabled
    },
  })
}
