import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freePort } from '../../../server/local/free-port.ts'
import { startCluster, type TestCluster } from '../../../server/test/cluster.ts'
import { home, Pipe } from '../test-terminal.ts'

let cluster: TestCluster
let own: ReturnType<typeof home>

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, store: 'embedded' })
  own = home()
})
afterAll(async () => {
  await cluster.close()
  own.close()
})

const LOAD = ['--clients', '30', '--rate', '5', '--seconds', '3', '--rooms', '3']

test.each(['websocket', 'polling'])(
  'a small load over %s: every message is acknowledged and delivered',
  async (transport) => {
    const args = ['stress', '--url', cluster.urls[0]!, ...LOAD, '--transport', transport, '--timeout', '30']
    const { code, stdout, stderr } = await new Pipe(args, { env: own.env }).ended
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^150 messages\/s in, 1,500 deliveries\/s out\.$/m)
    expect(stdout).toMatch(/^sent +450 {3}/m)
    expect(stdout).toMatch(/^acknowledged +450$/m)
    expect(stdout).toMatch(/^delivered +4,500 {3}of 4,500/m)
    expect(stdout).toMatch(/^lost +0$/m)
    expect(stdout).toMatch(/^send to ack( +[\d.]+ ms){4}$/m)
    expect(stdout).toMatch(/^send to delivery( +[\d.]+ ms){4}$/m)
    expect(code).toBe(0)
  },
  90_000,
)

test('clients above the guest rate limit connect later', async () => {
  const strict = await startCluster({ nodes: 1, store: 'embedded', env: { GUESTS_PER_SECOND: '20' } })
  try {
    const args = ['stress', '--url', strict.urls[0]!, '--clients', '50', '--rate', '1', '--seconds', '1']
    const { code, stdout, stderr } = await new Pipe([...args, '--timeout', '30'], { env: own.env }).ended
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^acknowledged +50$/m)
    expect(code).toBe(0)
  } finally {
    await strict.close()
  }
}, 90_000)

test('exits with code 3 without a server', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  const { code, stderr } = await new Pipe(['stress', '--url', url, '--timeout', '1'], { env: own.env }).ended
  expect(code).toBe(3)
  expect(stderr).toContain('Only 0 of 500 clients connected')
}, 60_000)
