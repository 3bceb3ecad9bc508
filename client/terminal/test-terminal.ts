import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'

// Needs the compiled client: npm run build
const MAIN = fileURLToPath(new URL('../../dist/client/terminal/main.js', import.meta.url))
const PTY_HELPER = fileURLToPath(new URL('pseudo_terminal.py', import.meta.url))
const TIMEOUT_MS = 25_000
const SCROLLBACK = 1_000

/** An isolated environment with its own folder for tokens. Only for tests. */
export function home(): { env: NodeJS.ProcessEnv; folder: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-terminal-'))
  const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  return { env, folder, close: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** The client in a pipeline. `input` is written to stdin, which is then closed unless `open` is set. Only for tests. */
export class Pipe {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #check = () => {}

  constructor(
    args: string[],
    { env, input = '', open = false }: { env: NodeJS.ProcessEnv; input?: string; open?: boolean },
  ) {
    this.child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'pipe' })
    this.child.stdin!.on('error', () => {})
    this.child.stdout!.on('data', (data) => {
      this.stdout += data
      this.#check()
    })
    this.child.stderr!.on('data', (data) => {
      this.stderr += data
      this.#check()
    })
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr })),
    )
    this.write(input)
    if (!open) this.child.stdin!.end()
  }

  write(text: string): void {
    this.child.stdin!.write(text)
  }

  waitForOutput(text: string): Promise<void> {
    return waitFor(
      () => `${this.stdout}${this.stderr}`.includes(text),
      (check) => {
        this.#check = check
      },
      () => `"${text}" was not printed. Output:\n${this.stdout}${this.stderr}`,
    )
  }
}

/** The client in a pseudo-terminal, with an emulated screen to inspect. Only for tests. */
export class TestTerminal {
  readonly ended: Promise<number | null>
  /** The raw output. */
  raw = ''
  readonly #child: ChildProcess
  readonly #screen: InstanceType<typeof xterm.Terminal>
  #check = () => {}

  constructor(args: string[], env: NodeJS.ProcessEnv, { columns = 80, rows = 24 } = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true })
    const command = [PTY_HELPER, `${columns}`, `${rows}`, process.execPath, MAIN, ...args]
    this.#child = spawn('python3', command, { env, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] })
    this.#child.stdin!.on('error', () => {})
    this.#child.stdout!.on('data', (data: Buffer) => {
      this.raw += data
      this.#screen.write(data, () => this.#check())
    })
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys)
  }

  enter(line: string): void {
    this.type(`${line}\r`)
  }

  /** Types the text, then presses Tab separately, since a pasted Tab is inserted as a character. */
  async complete(text: string, to: string): Promise<void> {
    const before = this.prompt
    this.type(text)
    await this.waitFor(({ prompt }) => prompt.endsWith(text.trimEnd()) && (text === '' || prompt !== before))
    this.type('\t')
    await this.waitFor(({ prompt }) => prompt.endsWith(to))
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows)
    const resizes = this.#child.stdio[3] as Writable
    resizes.write(`${columns} ${rows}\n`)
  }

  /** All lines including the scrollback, up to the last non-empty one. */
  get lines(): string[] {
    const { active } = this.#screen.buffer
    const rows = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString().trimEnd() ?? '')
    return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1)
  }

  get text(): string {
    return this.lines.join('\n')
  }

  /** The last line, which has the prompt and the input. */
  get prompt(): string {
    return this.lines.at(-1) ?? ''
  }

  get status(): string {
    return this.lines.at(-2) ?? ''
  }

  /** The column of the cursor if it is in the last line, otherwise -1. */
  get cursor(): number {
    const { active } = this.#screen.buffer
    return active.baseY + active.cursorY === this.lines.length - 1 ? active.cursorX : -1
  }

  /** Resolves when the screen matches. */
  waitFor(what: string | RegExp | ((testTerminal: TestTerminal) => boolean)): Promise<void> {
    const matches = () => {
      if (typeof what === 'function') return what(this)
      return typeof what === 'string' ? this.text.includes(what) : what.test(this.text)
    }
    return waitFor(
      matches,
      (check) => {
        this.#check = check
      },
      () => `timed out waiting for ${what}. Screen:\n${this.text}`,
    )
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM')
    await this.ended
  }
}

async function waitFor(
  matches: () => boolean,
  watch: (check: () => void) => void,
  message: () => string,
): Promise<void> {
  if (matches()) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message())), TIMEOUT_MS)
    watch(() => {
      if (!matches()) return
      clearTimeout(timer)
      watch(() => {})
      resolve()
    })
  })
}
