import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

// Needs the compiled server: npm run build
const MEASURED_NODE = fileURLToPath(new URL('./measured-node.mjs', import.meta.url))
const ERROR = 50

export interface MemoryUsage {
  heapBytes: number
  /** Open connections. */
  tcp: number
}

/** A node in its own process, with the embedded store: a crash is an exit, and its memory can be measured alone. */
export class NodeProcess {
  /** Error log lines, output on stderr, and a non-zero exit. */
  readonly errors: string[] = []
  port = 0

  private constructor(
    private readonly child: ChildProcess,
    private readonly dataDir: string,
  ) {
    createInterface({ input: child.stderr! }).on('line', (line) => this.errors.push(line))
    child.once('exit', (code, signal) => {
      if (code !== 0) this.errors.push(`exited with ${code ?? signal}`)
    })
  }

  static async start(env: Record<string, string>): Promise<NodeProcess> {
    const dataDir = await mkdtemp(join(tmpdir(), 'hubbub-'))
    const child = fork(MEASURED_NODE, {
      execArgv: ['--expose-gc'],
      env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', NODE_NAME: 'n1', DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const node = new NodeProcess(child, dataDir)
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const { level, msg, port } = JSON.parse(line)
        if (level >= ERROR) node.errors.push(line)
        if (port) node.port = port
        if (msg === 'ready') resolve()
      })
      child.once('exit', () => reject(new Error(`the node failed to start: ${node.errors.join('\n')}`)))
    })
    return node
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async measure(): Promise<MemoryUsage> {
    const reply = once(this.child, 'message')
    this.child.send('measure')
    return (await reply)[0] as MemoryUsage
  }

  /** Stops the process (SIGSTOP) for `ms` milliseconds while `meanwhile` runs. */
  async freeze(ms: number, meanwhile: () => Promise<void>): Promise<void> {
    this.child.kill('SIGSTOP')
    try {
      await Promise.all([delay(ms), meanwhile()])
    } finally {
      this.child.kill('SIGCONT')
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit')
      this.child.kill('SIGTERM')
      await exited
    }
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
