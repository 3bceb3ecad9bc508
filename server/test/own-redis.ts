import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../local/free-port.ts'

/** A Redis process for one test, on a free port and in its own directory. For tests only. */
export class OwnRedis {
  readonly port: number
  readonly #dir: string
  #process: ChildProcess | undefined

  private constructor(port: number, dir: string) {
    this.port = port
    this.#dir = dir
  }

  static async start(): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), await mkdtemp(join(tmpdir(), 'hubbub-redis-')))
    await redis.run()
    return redis
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts Redis with its existing data. */
  async run(): Promise<void> {
    const options = { port: this.port, bind: '127.0.0.1', dir: this.#dir, save: '', appendonly: 'yes' }
    const args = Object.entries({ ...options, appendfsync: 'always' }).flatMap(([name, value]) => [
      `--${name}`,
      `${value}`,
    ])
    if (this.#process) return
    this.#process = spawn('redis-server', args, { stdio: 'ignore' })
    while (!(await answers(this.port))) await delay(10)
  }

  /** Ends Redis with SIGKILL, or orderly with SIGTERM. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const ended = this.#process
    this.#process = undefined
    if (!ended || ended.exitCode !== null) return
    const exited = once(ended, 'exit')
    ended.kill('SIGCONT')
    ended.kill(signal)
    await exited
  }

  async command(...words: string[]): Promise<void> {
    const socket = dial(this.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`${words.join(' ')}\r\n`)
    await once(socket, 'data')
    socket.destroy()
  }

  disconnectSubscribers(): Promise<void> {
    return this.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Copies the data on disk; `restoreSnapshot` restores it while Redis does not run. */
  async saveSnapshot(): Promise<void> {
    await cp(join(this.#dir, 'appendonlydir'), join(this.#dir, 'snapshot'), { recursive: true })
  }

  async restoreSnapshot(): Promise<void> {
    await this.wipe()
    await cp(join(this.#dir, 'snapshot'), join(this.#dir, 'appendonlydir'), { recursive: true })
  }

  /** Deletes the data on disk. Call it while Redis does not run. */
  async wipe(): Promise<void> {
    await rm(join(this.#dir, 'appendonlydir'), { recursive: true, force: true })
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

export const ownRedis = (): Promise<OwnRedis> => OwnRedis.start()

async function answers(port: number): Promise<boolean> {
  const socket = dial(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [reply] = await once(socket, 'data')
    return `${reply}`.startsWith('+PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
