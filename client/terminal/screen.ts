import { type Completer, clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'

export interface ScreenOptions {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
  completer: Completer
  /** The status line and prompt at the bottom; `width` is the width of the window in columns. */
  bottom(width: number): { status: string; prompt: string }
  line(text: string): void
  /** The current input, on every key. */
  typed(text: string): void
  /** Ctrl-C. */
  interrupt(): void
  /** Ctrl-D on an empty line, or the terminal was closed. */
  ended(): void
}

/**
 * Readline's state of the input line. `line` and `cursor` are documented; `prevRows` is internal: the row of the
 * cursor.
 */
type Editor = Interface & { line: string; cursor: number; prevRows: number }

const HISTORY_LINES = 500

/**
 * Prints lines that scroll above a fixed prompt. Readline edits the input and measures its width; its prompt has two
 * rows, of which the first is the status line. To print, both rows are erased, and drawn again below the printed lines.
 */
export class Screen {
  readonly #options: ScreenOptions
  readonly #editor: Editor
  readonly #printed: string[] = []
  #drawn = ''
  /** The bottom is currently drawn, and the cursor is in it. */
  #isDrawn = false
  #scheduled: NodeJS.Immediate | undefined
  #closed = false

  constructor(options: ScreenOptions) {
    const { input, output, completer } = options
    this.#options = options
    // Must run before readline's own listener, which counts rows with the former width.
    output.on('resize', this.#resized)
    this.#editor = createInterface({
      input,
      output,
      completer,
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
    }) as Editor
    pasteAtCursor(this.#editor)
    this.#editor.on('line', (text) => this.#entered(text))
    this.#editor.on('SIGINT', () => options.interrupt())
    this.#editor.on('close', () => {
      if (!this.#closed) options.ended()
    })
    input.on('keypress', this.#pressed)
    this.#draw()
  }

  /** Prints one or several lines above the prompt. */
  print(text: string): void {
    if (this.#closed) return void this.#options.output.write(`${text}\n`)
    this.#printed.push(text)
    this.changed()
  }

  /** Call this when the bottom may have changed; lines and changes of the same tick are drawn together. */
  changed(): void {
    if (this.#closed) return
    this.#scheduled ??= setImmediate(() => this.#draw())
  }

  /** Discards the input. Returns false when it was empty. */
  cancelLine(): boolean {
    const hadInput = this.#editor.line.length > 0
    this.#erase()
    this.#editor.line = ''
    this.#editor.cursor = 0
    this.#drawn = ''
    this.#draw()
    this.#options.typed('')
    return hadInput
  }

  /** Erases the bottom, keeps the printed lines, and restores the terminal. */
  close(): void {
    if (this.#closed) return
    this.#erase()
    this.#flush()
    this.#closed = true
    clearImmediate(this.#scheduled)
    this.#options.output.off('resize', this.#resized)
    this.#options.input.off('keypress', this.#pressed)
    this.#editor.close()
  }

  readonly #pressed = () => this.#options.typed(this.#editor.line)

  readonly #resized = () => {
    // The terminal has rewrapped its content, so rows must be counted with the new width.
    this.#erase()
    // Readline's own listener runs next, and draws the former bottom.
    this.#isDrawn = true
    this.#drawn = ''
    this.changed()
  }

  #entered(text: string): void {
    // Readline has moved to the next row. Erase the input: the sent message appears as an entry.
    this.#editor.line = text
    this.#editor.cursor = text.length
    moveCursor(this.#options.output, 0, -1)
    this.#erase()
    this.#editor.line = ''
    this.#editor.cursor = 0
    this.#drawn = ''
    this.#draw()
    this.#options.line(text)
  }

  #draw(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#closed) return
    const { status, prompt } = this.#options.bottom(this.#options.output.columns - 1)
    const bottom = `${status}\n${prompt}`
    if (this.#printed.length === 0 && bottom === this.#drawn) return
    // Written at once, to avoid flicker.
    this.#options.output.cork()
    this.#erase()
    this.#flush()
    this.#drawn = bottom
    this.#editor.setPrompt(bottom)
    this.#editor.prompt(true)
    this.#isDrawn = true
    this.#options.output.uncork()
  }

  #flush(): void {
    if (this.#printed.length > 0) this.#options.output.write(`${this.#printed.splice(0).join('\n')}\n`)
  }

  /** Erases the status line, the prompt and the input. */
  #erase(): void {
    if (!this.#isDrawn) return
    this.#isDrawn = false
    const { output } = this.#options
    moveCursor(output, 0, -this.#editor.getCursorPos().rows)
    cursorTo(output, 0)
    clearScreenDown(output)
    this.#editor.prevRows = 0
  }
}

/**
 * Works around a bug of readline: during a paste it disables completion, and then appends the text instead of inserting
 * it at the cursor. Here, completion is only disabled at the end of the line, where both are the same.
 */
function pasteAtCursor(editor: Editor): void {
  let pasting = false
  Object.defineProperty(editor, 'isCompletionEnabled', {
    get: () => !pasting || editor.cursor < editor.line.length,
    set: (enabled: boolean) => {
      pasting = !enabled
    },
  })
}
