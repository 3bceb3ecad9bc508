import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../test/cluster.ts'
import { DialectClient } from '../test/dialect-client.ts'
import { CLOSE, frame, PING, RawConnection, upgradeRequest } from '../test/raw.ts'

/** The default rates. Messages before a close must not wait for tokens. */
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
/** Matches a close frame of the node with that code. */
const closedWith = (of: number) => new RegExp(`\\x88[\\x02-\\x7d]${code(of).toString('latin1')}`)

/** A second client that receives all messages. Resolves when it is in the lobby. */
async function witness(at = url): Promise<DialectClient> {
  const dialectClient = await DialectClient.connect(`${at}/ws`)
  dialectClient.send('ready')
  await dialectClient.waitFor('ready')
  return dialectClient
}

const messagesOf = ({ received }: DialectClient) => received.filter((text) => text !== 'ready')

async function raw(path = '/ws', at = port): Promise<RawConnection> {
  const client = await RawConnection.open(at)
  client.write(upgradeRequest(path))
  await client.waitFor('HTTP/1.1 101')
  return client
}

test('stores a burst ahead of a close in order, and answers the close with 1000', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(300).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1000))).toBe(true)
  await client.finish()
  await other.waitForMessages(301)
  expect(messagesOf(other)).toEqual(texts(300))
})

test('stores 1,000 of 1,001 messages ahead of a close, and answers with 1013', async () => {
  const other = await witness()
  const client = await raw()
  // Uses up the tokens first, so that all following messages are queued when the close is read.
  client.write(...texts(40, 'before').map((text) => frame(text)))
  await other.waitFor('before39')
  client.write(...texts(1_001).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1013))).toBe(true)
  expect(client.received).toContain('1 received messages were discarded.')
  await client.finish()
  await other.waitFor('m999')
  other.send('and then')
  await other.waitFor('and then')
  expect(messagesOf(other).slice(40)).toEqual([...texts(1_000), 'and then'])
})

test('answers a close frame after the client has ended its side of the stream', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(100).map((text) => frame(text)), closeFrame)
  const finished = client.finish()
  expect(await client.waitFor(closedWith(1000))).toBe(true)
  await finished
  await other.waitFor('m99')
  expect(messagesOf(other)).toEqual(texts(100))
})

test.each(['finish', 'reset'] as const)(
  'stores the messages of a connection that ends without a close frame (%s)',
  async (how) => {
    const other = await witness()
    const client = await raw()
    client.write(...texts(200).map((text) => frame(text)))
    // The first are handled, so all have reached the node.
    await other.waitFor('m10')
    await client[how]()
    await other.waitFor('m199')
    expect(messagesOf(other)).toEqual(texts(200))
  },
)

test('stores the messages before a protocol violation, then closes with 1002', async () => {
  const other = await witness()
  const client = await raw()
  client.write(...texts(100).map((text) => frame(text)), frame('x', { masked: false }))
  expect(await client.waitFor(closedWith(1002))).toBe(true)
  await client.finish()
  await other.waitFor('m99')
  expect(messagesOf(other)).toEqual(texts(100))
})

test('stores received messages on shutdown, then closes with 1012', async () => {
  const ownCluster = await startCluster({ nodes: 2, env })
  const [n1, n2] = ownCluster.urls as [string, string]
  const other = await witness(n2)
  const client = await raw('/ws', Number(new URL(n1).port))
  client.write(...texts(100).map((text) => frame(text)))
  await other.waitFor('m10')
  const drained = ownCluster.nodes[0]!.drain()
  expect(await client.waitFor(closedWith(1012))).toBe(true)
  await client.finish()
  await drained
  await other.waitFor('m99')
  expect(messagesOf(other)).toEqual(texts(100))
  DialectClient.disconnectAll()
  await ownCluster.close()
}, 30_000)

test('answers a close with 1013 after 5 s while the store is unavailable', async () => {
  const ownCluster = await startCluster({ nodes: 1, env })
  const at = Number(new URL(ownCluster.urls[0]!).port)
  await witness(ownCluster.urls[0]!)
  const client = await raw('/ws', at)
  client.write(frame('before'))
  await client.waitFor('before')
  ownCluster.redis!.freeze()
  client.write(...texts(3).map((text) => frame(text)), closeFrame)
  expect(await client.waitFor(closedWith(1013))).toBe(true)
  expect(client.received).toContain('3 received messages were discarded.')
  await client.finish()
  ownCluster.redis!.thaw()
  DialectClient.disconnectAll()
  await ownCluster.close()
}, 30_000)

test.each([
  ['messages', '/ws/events', frame('{"type":"ping"}'), /"pong"/g],
  ['pings', '/ws', frame('x', { opcode: PING }), /\x8a\x01x/g],
])('rate-limits a flood of %s on %s', async (_, path, flood, answers) => {
  const client = await raw(path)
  client.write(Buffer.concat(Array.from({ length: 20_000 }, () => flood)))
  await client.waitFor(new RegExp(answers.source), 1)
  // Takes as long as 20 messages at the same rate: a node without a limit would have answered everything by then.
  const other = await witness()
  for (let i = 0; i < 20; i++) {
    other.send(`${path} ${i}`)
    await other.waitFor(`${path} ${i}`)
  }
  expect(client.received.match(answers)!.length).toBeLessThan(10_000)
  await client.reset()
})
