import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Server } from 'socket.io'
import { freePort } from '../server/local/free-port.ts'

/** A minimal node: /readyz, and Socket.IO with session ids that contain the node's name and a 503 while not ready. */
export class FakeNode {
  ready = true
  /** While true, accepts connections but does not answer, like a stopped process. */
  frozen = false
  /** TCP connections accepted so far. */
  connectionCount = 0
  /** The connections on which nginx has sent a probe ahead of a WebSocket. */
  readonly probeConnections = new Set<Socket>()
  probes = 0
  sessionCount = 0
  headers: IncomingHttpHeaders = {}
  readonly #sockets = new Set<Socket>()
  readonly #http = createServer((req, res) => {
    if (this.frozen) return
    this.headers = req.headers
    if (req.headers.host === 'edge') {
      this.probeConnections.add(req.socket)
      this.probes++
    }
    if (req.url !== '/readyz') return res.end(`${req.method} ${req.url} on ${this.name}`)
    const headers = { 'X-Node': this.name }
    res.writeHead(this.ready ? 200 : 503, headers).end(JSON.stringify({ node: this.name, ready: this.ready }))
  })
  #io: Server | undefined

  private constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  static async start(name: string, port?: number): Promise<FakeNode> {
    const node = new FakeNode(name, port ?? (await freePort()))
    await node.#listen()
    return node
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Closes the port and all connections at once, like a killed process. */
  kill(): void {
    this.#http.close()
    for (const socket of this.#sockets) socket.destroy()
    this.#io?.engine.close()
  }

  async #listen(): Promise<void> {
    this.#http.on('connection', (socket) => {
      this.connectionCount += 1
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    const io = new Server(this.#http)
    io.engine.generateId = () => {
      this.sessionCount += 1
      return `${this.name}.${randomBytes(15).toString('base64url')}`
    }
    io.on('connection', (socket) => {
      socket.emit('session', { node: this.name })
      socket.on('where', (answer: (node: string) => void) => answer(this.name))
    })
    // Wraps Engine.IO's listeners: no response while frozen, and no new session while not ready.
    for (const event of ['request', 'upgrade']) {
      const listeners = this.#http.listeners(event) as ((...args: unknown[]) => void)[]
      this.#http.removeAllListeners(event)
      this.#http.on(event, (req: IncomingMessage, to: ServerResponse | Socket, ...rest: unknown[]) => {
        if (this.frozen) return
        const rejected = !this.ready && req.url !== '/readyz' && !req.url?.includes('&sid=')
        if (!rejected) for (const each of listeners) each.call(this.#http, req, to, ...rest)
        else if ('writeHead' in to) to.writeHead(503).end()
        else to.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
      })
    }
    this.#io = io
    this.#http.listen(this.port, '127.0.0.1')
    await once(this.#http, 'listening')
    if ((this.#http.address() as AddressInfo).port !== this.port) throw new Error('the server listens on another port')
  }
}

/** The real nginx, run by edge.sh. */
export class Edge {
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  readonly ended: Promise<number | null>

  private constructor(
    readonly port: number,
    readonly runDir: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#onLine(line))
    }
    this.ended = once(child, 'exit').then(([code]) => code)
  }

  static async start(addresses: string[], env: Record<string, string> = {}): Promise<Edge> {
    const port = await freePort()
    const runDir = mkdtempSync(join(tmpdir(), 'hubbub-edge-test-'))
    const script = fileURLToPath(new URL('edge.sh', import.meta.url))
    const edgeEnv = { NODES: addresses.join(' '), HOST: '127.0.0.1', PORT: `${port}`, RUN_DIR: runDir, ...env }
    const child = spawn('sh', [script], { env: { ...process.env, ...edgeEnv }, detached: true })
    const edge = new Edge(port, runDir, child)
    await edge.waitForLine(/nginx listens/)
    return edge
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get output(): string {
    return this.#lines.join('\n')
  }

  /** Number of lines so far; pass it to `waitForLine` to ignore them. */
  get lineCount(): number {
    return this.#lines.length
  }

  /** Resolves when a line matches, ignoring the first `from` lines; there is no timeout except the test's. */
  async waitForLine(pattern: RegExp, from = 0): Promise<void> {
    while (!this.#lines.slice(from).some((line) => pattern.test(line))) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** Targets of the open file descriptors of all its processes (Linux, /proc). */
  openFiles(): string[] {
    const openFilesOf = (pid: string) => {
      try {
        // "<pid> (<command>) <state> <parent> <group> …"
        const [, group] = /.*[)] \S+ \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        if (Number(group) !== this.child.pid) return []
        return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      } catch {
        // The process has exited, or closed a descriptor meanwhile.
        return []
      }
    }
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(openFilesOf)
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  async stop(): Promise<void> {
    this.kill('SIGTERM')
    await this.ended
    rmSync(this.runDir, { recursive: true, force: true })
  }

  #onLine(line: string): void {
    this.#lines.push(line)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
