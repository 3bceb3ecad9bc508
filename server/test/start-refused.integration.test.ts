import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { LEASE_MS } from '../../protocol/limits.ts'
import { ROOT } from '../local/root.ts'
import { Signal } from '../stores/conformance/cluster.ts'
import { keysUnder } from '../stores/redis/keys.ts'
import { OwnRedis } from './own-redis.ts'

jest.setTimeout(60_000)

const keys = keysUnder('hubbub:')
const [OLD, NEW] = ['old'.repeat(12), 'new'.repeat(12)]
/** All running node processes of these tests. */
const running = new Set<Run>()

let redis: OwnRedis
let client: Redis
let directory: string
beforeAll(async () => {
  redis = await OwnRedis.start()
  client = new Redis(redis.url)
  directory = await mkdtemp(join(tmpdir(), 'hubbub-'))
})
beforeEach(() => client.flushall())
afterEach(async () => {
  await Promise.all([...running].map((node) => node.end('SIGKILL')))
})
afterAll(async () => {
  client.disconnect()
  await redis.stop()
  await rm(directory, { recursive: true })
})

/** A node in its own process, started like `node dist/server/main.js`. */
class Run {
  /** Its whole output. */
  output = ''
  readonly #line = new Signal()
  readonly #exited: Promise<number | null>

  private constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.output += `${line}\n`
        this.#line.emit()
      })
    }
    this.#exited = once(child, 'close').then(([code]) => {
      running.delete(this)
      this.#line.emit()
      return code
    })
  }

  static of(name: string, env: Record<string, string> = {}): Run {
    const own = { NODE_NAME: name, HOST: '127.0.0.1', PORT: '0', LOGS_DIR: 'none', DRAIN_MS: '0', REDIS_URL: redis.url }
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'server', 'main.js')], {
      env: { PATH: process.env.PATH, ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const node = new Run(child)
    running.add(node)
    return node
  }

  async writes(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (!running.has(this)) throw new Error(`It ended without ${text}:\n${this.output}`)
      await this.#line.next(text)
    }
  }

  async ready(): Promise<this> {
    await this.writes('"msg":"ready"')
    return this
  }

  /** Resolves when it has exited by itself with code 1. */
  async refused(): Promise<string> {
    expect(await this.#exited).toBe(1)
    return this.output
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal)
    await this.#exited
  }
}

const started = (name: string, secret?: string) => Run.of(name, secret ? { TOKEN_SECRET: secret } : {}).ready()
const refusal = (name: string, secret?: string) => Run.of(name, secret ? { TOKEN_SECRET: secret } : {}).refused()

test('a TOKEN_SECRET unknown to the running nodes is rejected; it can be replaced in three rolling restarts', async () => {
  await started('n1', OLD)
  expect(await refusal('n2', NEW)).toMatch(/^TOKEN_SECRET is not that of n1, which is running.*old,new/m)
  // n1 would reject the tokens that this node signs.
  expect(await refusal('n2', `${NEW},${OLD}`)).toMatch(/^TOKEN_SECRET is not that of n1/m)
  for (const secrets of [`${OLD},${NEW}`, `${NEW},${OLD}`, NEW]) {
    const before = [...running]
    await started(`n${secrets.length}${secrets.slice(0, 3)}`, secrets)
    for (const node of before) await node.end('SIGTERM')
  }
  expect(await refusal('n2', OLD)).toContain('TOKEN_SECRET is not that of')
  // The output contains neither the secret nor a key derived from it.
  const statements = await client.hvals(keys.keyStatements())
  expect(statements).toEqual([expect.stringMatching(/^configured [\w-]{22}$/)])
})

test('a node with TOKEN_SECRET is rejected beside nodes without one, and the other way round', async () => {
  const n1 = await started('n1')
  await started('n2')
  expect(await refusal('n3', NEW)).toMatch(/^TOKEN_SECRET is set here and not on n[12], which is running/m)
  // Migration from the generated key to a configured one, node by node.
  const [made] = await client.smembers(keys.secrets())
  await started('n4', `${made},${NEW}`)
  await n1.end('SIGTERM')
  await started('n1', `${made},${NEW}`)
  expect(await refusal('n5', NEW)).toMatch(/^TOKEN_SECRET is/m)

  await Promise.all([...running].map((node) => node.end('SIGTERM')))
  await started('n1', NEW)
  expect(await refusal('n6')).toMatch(/^TOKEN_SECRET is not set here, but on n1, which is running/m)
})

test('another TOKEN_SECRET is accepted after all nodes have stopped', async () => {
  await (await started('n1', OLD)).end('SIGTERM')
  const fresh = await started('n1', NEW)
  expect(fresh.output).not.toContain('Waiting')
  expect(await client.hlen(keys.keyStatements())).toBe(1)
})

test('the name of a running node is rejected, and the running node is not affected', async () => {
  const n1 = await started('n1')
  expect(await refusal('n1')).toMatch(/^Another node is running under the name n1\. Stop it, or .* NODE_NAME\.$/m)
  // Of two simultaneous starts, one succeeds.
  const both = [Run.of('n2'), Run.of('n2')]
  const outcomes = await Promise.allSettled(both.map((node) => node.ready()))
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(running.has(n1)).toBe(true)
})

test('after kill -9 the name is free when the lease has expired, and the log says so', async () => {
  const killed = await started('n1', OLD)
  await killed.end('SIGKILL')
  const [lease] = await client.zrange(keys.leases(), '0', '-1')
  const endsIn = async (ms: number) => {
    const [seconds] = await client.time()
    await client.zadd(keys.leases(), 'XX', `${1_000 * Number(seconds) + ms}`, lease!)
  }
  // Independent of the start-up time of the next process.
  await endsIn(60_000)
  const again = Run.of('n1', { TOKEN_SECRET: OLD })
  await again.writes('for the lease of n1 to end, which has the same name.')
  const port = Number(/"port":(\d+)/.exec(again.output)![1])
  const readyz = await fetch(`http://127.0.0.1:${port}/readyz`)
  expect(readyz.status).toBe(503)
  expect(await readyz.json()).toMatchObject({ reason: expect.stringContaining('for the lease of n1 to end') })
  // A start with another secret also waits for the leases of the killed nodes.
  const other = Run.of('n2', { TOKEN_SECRET: NEW })
  await other.writes('for the lease of n1 to end, which has other keys for tokens.')
  await endsIn(LEASE_MS / 2)
  // The first one makes the other fail.
  const outcomes = await Promise.allSettled([again.ready(), other.ready()])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a second process on the folder of an embedded store is rejected', async () => {
  const env = { REDIS_URL: '', DATA_DIR: directory }
  const one = await Run.of('n1', env).ready()
  expect(await Run.of('n2', env).refused()).toMatch(/^The data directory .* is in use by another process\. Stop/m)
  // One process has one configuration, so another secret causes no conflict.
  await one.end('SIGKILL')
  await Run.of('n1', { ...env, TOKEN_SECRET: NEW }).ready()
})
