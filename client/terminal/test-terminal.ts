import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'

// Needs the compiled client: npm run build
const MAIN = fileURLToPath(new URL('../../dist/client/terminal/main.js', import.meta.url))
const SEAT = fileURLToPath(new URL('seat.py', import.meta.url))
const PATIENCE_MS = 25_000
const SCROLLBACK = 1_000

/** A place of its own for tokens, and nothing of whoever runs the tests. For tests alone. */
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

/** The client in a pipeline: `input` goes in, and unless `open` that is the end of it. For tests alone. */
export class Pipe {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #look = () => {}

  constructor(
    args: string[],
    { env, input = '', open = false }: { env: NodeJS.ProcessEnv; input?: string; open?: boolean },
  ) {
    this.child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'pipe' })
    this.child.stdin!.on('error', () => {})
    this.child.stdout!.on('data', (data) => {
      this.stdout += data
      this.#look()
    })
    this.child.stderr!.on('data', (data) => {
      this.stderr += data
      this.#look()
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

  prints(text: string): Promise<void> {
    return waitFor(
      () => `${this.stdout}${this.stderr}`.includes(text),
      (look) => {
        this.#look = look
      },
      () => `"${text}" was not printed, but:\n${this.stdout}${this.stderr}`,
    )
  }
}

/** The client at a pseudo-terminal, whose screen one can look at. For tests alone. */
export class TestTerminal {
  readonly ended: Promise<number | null>
  /** Everything that was sent to the terminal. */
  raw = ''
  readonly #child: ChildProcess
  readonly #screen: InstanceType<typeof xterm.Terminal>
  #look = () => {}

  constructor(args: string[], env: NodeJS.ProcessEnv, { columns = 80, rows = 24 } = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true })
    const command = [SEAT, `${columns}`, `${rows}`, process.execPath, MAIN, ...args]
    this.#child = spawn('python3', command, { env, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] })
    this.#child.stdin!.on('error', () => {})
    this.#child.stdout!.on('data', (data: Buffer) => {
      this.raw += data
      this.#screen.write(data, () => this.#look())
    })
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys)
  }

  enter(line: string): void {
    this.type(`${line}\r`)
  }

  /** Types what is to be completed, then Tab: as a key of its own, since a pasted one is a character. */
  async completes(text: string, to: string): Promise<void> {
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

  /** All lines, those that scrolled away as well, up to the last that is not empty. */
  get lines(): string[] {
    const { active } = this.#screen.buffer
    const rows = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString().trimEnd() ?? '')
    return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1)
  }

  get text(): string {
    return this.lines.join('\n')
  }

  /** The last line, where one types. */
  get prompt(): string {
    return this.lines.at(-1) ?? ''
  }

  get status(): string {
    return this.lines.at(-2) ?? ''
  }

  /** The column of the cursor, when it is in the last line; -1 elsewhere. */
  get cursor(): number {
    const { active } = this.#screen.buffer
    return active.baseY + active.cursorY === this.lines.length - 1 ? active.cursorX : -1
  }

  /** Resolves when the screen is so. */
  waitFor(what: string | RegExp | ((testTerminal: TestTerminal) => boolean)): Promise<void> {
    const isSo = () => {
      if (typeof what === 'function') return what(this)
      return typeof what === 'string' ? this.text.includes(what) : what.test(this.text)
    }
    return waitFor(
      isSo,
      (look) => {
        this.#look = look
      },
      () => `the screen never fitted ${what}; it shows:\n${this.text}`,
    )
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM')
    await this.ended
  }
}

async function waitFor(isSo: () => boolean, watch: (look: () => void) => void, complaint: () => string): Promise<void> {
  if (isSo()) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(complaint())), PATIENCE_MS)
    watch(() => {
      if (!isSo()) return
      clearTimeout(timer)
      watch(() => {})
      resolve()
    })
  })
}
