import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../test/cluster.ts'
import { DialectClient } from '../test/dialect-client.ts'
import { CLOSE, frame, PING, RawConnection, upgradeRequest } from '../test/raw.ts'

/** The default rates: a tail must not wait for tokens. */
const env = { APPENDS_PER_SECOND: '20', APPENDS_BURST: '40' }

let cluster: TestCluster
let url: string
let port: number
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, store: 'embedded', env })
  url = cluster.urls[0]!
  port = Number(new URL(url).port)
})
afterEach(() => DialectClient.disconnectAll())
afterAll(() => cluster.close())

const texts = (many: number, prefix = 'm') => Array.from({ length: many }, (_, i) => `${prefix}${i}`)
const code = (of: number) => Buffer.from([of >> 8, of & 0xff])
const closeFrame = frame(code(1000), { opcode: CLOSE })
/** The node's close frame with that code, as Raw hears it. */
const closedWith = (of: number) => new RegExp(`\\x88[\\x02-\\x7d]${code(of).toString('latin1')}`)

/** A witness who hears what is said, once it is in the lobby itself. */
async function witness(at = url): Promise<DialectClient> {
  const dialectClient = await DialectClient.connect(`${at}/ws`)
  dialectClient.send('ready')
  await dialectClient.waitFor('ready')
  return dialectClient
}

const said = ({ received }: DialectClient) => received.filter((text) => text !== 'ready')

async function raw(path = '/ws', at = port): Promise<RawConnection> {
  const client = await RawConnection.open(at)
  client.write(upgradeRequest(path))
  await client.waitFor('HTTP/1.1 101')
  return client
}

test('a burst and a close in one write: everything is stored, in order, and the close is answered with 1000', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(300).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1000))).toBe(true)
  await client.finish()
  await other.waitForMessages(301)
  expect(said(other)).toEqual(texts(300))
})

test('of 1,001 messages ahead of a close, 1,000 are stored, and the answer is 1013', async () => {
  const other = await witness()
  const client = await raw()
  // Its tokens are spent first, so that all of these wait when the close is read.
  client.write(...texts(40, 'before').map((text) => frame(text)))
  await other.waitFor('before39')
  client.write(...texts(1_001).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1013))).toBe(true)
  expect(client.received).toContain('1 received messages were discarded.')
  await client.finish()
  await other.waitFor('m999')
  other.send('and then')
  await other.waitFor('and then')
  expect(said(other).slice(40)).toEqual([...texts(1_000), 'and then'])
})

test('who sends a close frame and ends their side at once is answered all the same', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(100).map((text) => frame(text)), closeFrame)
  const finished = client.finish()
  expect(await client.waitFor(closedWith(1000))).toBe(true)
  await finished
  await other.waitFor('m99')
  expect(said(other)).toEqual(texts(100))
})

test.each(['finish', 'reset'] as const)('a TCP connection that ends without a close frame (%s)', async (how) => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(200).map((text) => frame(text)))
  // They have reached the node, as the first of them have been handled.
  await other.waitFor('m10')
  await client[how]()
  await other.waitFor('m199')
  expect(said(other)).toEqual(texts(200))
})

test('what was received before a violation of the protocol is stored, and then it is answered', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(100).map((text) => frame(text)), frame('x', { masked: false }))
  expect(await client.waitFor(closedWith(1002))).toBe(true)
  await client.finish()
  await other.waitFor('m99')
  expect(said(other)).toEqual(texts(100))
})

test('a node that leaves stores what it has received, and closes with 1012', async () => {
  const leaving = await startCluster({ nodes: 2, env })
  const [n1, n2] = leaving.urls as [string, string]
  const other = await witness(n2)
  const client = await raw('/ws', Number(new URL(n1).port))
  client.write(...texts(100).map((text) => frame(text)))
  await other.waitFor('m10')
  const drained = leaving.nodes[0]!.drain()
  expect(await client.waitFor(closedWith(1012))).toBe(true)
  await client.finish()
  await drained
  await other.waitFor('m99')
  expect(said(other)).toEqual(texts(100))
  DialectClient.disconnectAll()
  await leaving.close()
}, 30_000)

test('a close while the store is away: 1013 after 5 s', async () => {
  const away = await startCluster({ nodes: 1, env })
  const at = Number(new URL(away.urls[0]!).port)
  await witness(away.urls[0]!)
  const client = await raw('/ws', at)
  client.write(frame('before'))
  await client.waitFor('before')
  away.redis!.freeze()
  client.write(...texts(3).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1013))).toBe(true)
  expect(client.received).toContain('3 received messages were discarded.')
  await client.finish()
  away.redis!.thaw()
  DialectClient.disconnectAll()
  await away.close()
}, 30_000)

test.each([
  ['messages', '/ws/events', frame('{"type":"ping"}'), /"pong"/g],
  ['pings', '/ws', frame('x', { opcode: PING }), /\x8a\x01x/g],
])('a flood of %s takes tokens: %s', async (_, path, flood, answers) => {
  const client = await raw(path)
  client.write(Buffer.concat(Array.from({ length: 20_000 }, () => flood)))
  await client.waitFor(new RegExp(answers.source), 1)
  // Something else that answers within the same rate: by then, a node without a limit has answered everything.
  const other = await witness()
  for (let i = 0; i < 20; i++) {
    other.send(`${path} ${i}`)
    await other.waitFor(`${path} ${i}`)
  }
  expect(client.received.match(answers)!.length).toBeLessThan(10_000)
  await client.reset()
})
