import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { startCluster, stores, type TestCluster } from '../test/cluster.ts'
import { DialectClient } from '../test/dialect-client.ts'
import { TestClient } from '../test/person.ts'
import { frame, PING, RawConnection, TEXT, upgradeRequest } from '../test/raw.ts'

describe.each(stores)('two nodes on the %s store', (store) => {
  let cluster: TestCluster
  let n1: string
  let n2: string
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
    ;[n1, n2] = cluster.urls as [string, string]
  })
  afterEach(() => {
    DialectClient.disconnectAll()
    TestClient.disconnectAll()
  })
  afterAll(() => cluster.close())

  const portOf = (url: string) => Number(new URL(url).port)

  describe('/ws', () => {
    test('echoes a message unchanged, as the first frame', async () => {
      // An echo proves that the client is in the lobby; an open WebSocket does not.
      const other = await DialectClient.connect(`${n2}/ws`)
      other.send('here')
      await other.waitFor('here')
      const one = await DialectClient.connect(`${n1}/ws`)
      one.send('hello from locust')
      await one.waitFor('hello from locust')
      await other.waitFor('hello from locust')
      other.send(' <b>"ü😀"</b>\n')
      await one.waitFor(' <b>"ü😀"</b>\n')
      expect(one.received).toEqual(['hello from locust', ' <b>"ü😀"</b>\n'])
      one.ws.close(1000)
      expect(await one.waitForClose()).toMatchObject({ code: 1000 })
    })

    test('shows its clients as guests in the lobby, until they disconnect', async () => {
      const ada = await TestClient.connect(n1, 'Ada')
      await ada.emit('room:join', { room: 'lobby' })
      const client = await DialectClient.connect(`${n2}/ws`)
      client.send('hello, page')
      const { entries } = await ada.waitFor('entries', ({ entries }) =>
        entries.some(({ text }) => text === 'hello, page'),
      )
      const { id, name } = entries.at(-1)!.by
      expect(name).toBe(`Guest ${id.slice(-4)}`)
      await ada.waitFor('presence', ({ joined }) => joined.some((member) => member.id === id && member.name === name))
      await ada.send('lobby', 'hello, text')
      await client.waitFor('hello, text')
      client.ws.terminate()
      await ada.waitFor('presence', (presence) => presence.left.includes(id))
    })

    test('delivers a text longer than a log message as one frame, and as several messages elsewhere', async () => {
      const ada = await TestClient.connect(n2, 'Ada')
      await ada.emit('room:join', { room: 'lobby' })
      const [one, other] = [await DialectClient.connect(`${n1}/ws`), await DialectClient.connect(`${n2}/ws`)]
      const long = 'é'.repeat(8_192)
      one.send(long)
      await Promise.all([one.waitFor(long), other.waitFor(long)])
      expect([one.received, other.received]).toEqual([[long], [long]])
      await ada.waitUntil('the last part', () => ada.entries('lobby').find(({ text }) => text === 'é'.repeat(192)))
      expect(ada.entries('lobby').map(({ text }) => text!.length)).toEqual([4_000, 4_000, 192])
    })

    test('delivers empty messages in all dialects and on all nodes', async () => {
      const [one, other] = [await DialectClient.connect(`${n1}/ws`), await DialectClient.connect(`${n2}/ws`)]
      const json = await DialectClient.connect(`${n2}/ws/json`)
      other.send('here')
      json.send('{"content":"json is here"}')
      await Promise.all([other.waitFor('json is here'), json.waitFor(/json is here/)])
      one.send('', Buffer.from('bytes'))
      await Promise.all([one.waitFor('bytes'), other.waitFor('bytes'), json.waitFor(/bytes/)])
      for (const { received } of [one, other]) expect(received.slice(-2)).toEqual(['', 'bytes'])
      expect(json.received.at(-2)).toMatch(/^\{"content":"","username":"Guest \w{4}"\}\n$/)
    })

    test('delivers messages that were sent just before the close', async () => {
      const [one, other] = [await DialectClient.connect(`${n1}/ws`), await DialectClient.connect(`${n2}/ws`)]
      one.send('one', 'two', 'three')
      one.ws.close()
      await other.waitFor('three')
      expect(other.received).toEqual(['one', 'two', 'three'])
    })

    test('accepts any origin', async () => {
      const client = await DialectClient.connect(`${n1}/ws?room=9`, { origin: 'https://elsewhere.example' })
      client.send('hello')
      await client.waitFor('hello')
      expect((await fetch(n1, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(403)
    })

    test('answers a plain request with 426', async () => {
      const answer = await fetch(`${n1}/ws`)
      expect(answer.status).toBe(426)
      expect(answer.headers.get('upgrade')).toBe('websocket')
    })
  })

  describe('/ws/json', () => {
    const line = (content: string, username: string) => `${JSON.stringify({ content, username })}\n`

    test('names clients by their TCP port and sets the username of messages', async () => {
      const one = await DialectClient.connect(`${n1}/ws/json`)
      const name = `Port${one.socket.localPort}`
      const other = await DialectClient.connect(`${n2}/ws/json`)
      await other.waitForMessages(1)
      one.send('{"content":"a < b","username":"somebody else"}', Buffer.from('{"CONTENT":"bytes"}'))
      await one.waitFor(line('bytes', name))
      one.send('{}')
      await one.waitForMessages(4)
      expect(one.received).toEqual([
        line('Welcome to the chat!', name),
        `{"content":"a \\u003c b","username":"${name}"}\n`,
        line('bytes', name),
        line('', name),
      ])
      await other.waitFor(line('bytes', name))
    })

    test('takes the port from the header of a trusted proxy', async () => {
      const client = await DialectClient.connect(`${n1}/ws/json`, { headers: { 'X-Forwarded-Client-Port': '45506' } })
      expect(await client.waitForMessages(1)).toEqual([line('Welcome to the chat!', 'Port45506')])
    })

    test('shares the lobby with other clients', async () => {
      const [plain, one] = [await DialectClient.connect(`${n1}/ws`), await DialectClient.connect(`${n2}/ws/json`)]
      const ada = await TestClient.connect(n1, 'Ada')
      await ada.emit('room:join', { room: 'lobby' })
      await one.waitForMessages(1)
      one.send('{"content":"hello"}')
      await plain.waitFor('hello')
      await ada.send('lobby', 'from the page')
      await one.waitFor(line('from the page', 'Ada'))
    })

    test('closes with 1007 for an invalid message', async () => {
      for (const invalid of ['hello', '{"content":1}', '[]']) {
        const client = await DialectClient.connect(`${n1}/ws/json`)
        client.send(invalid)
        expect(await client.waitForClose()).toMatchObject({ code: 1007 })
      }
    })

    test('answers a plain request as the original server', async () => {
      const answer = await fetch(`${n1}/ws/json`)
      expect([answer.status, await answer.text()]).toEqual([400, 'Expected WebSocket connection\n'])
    })
  })

  describe('a protocol violation closes only its own connection, with the right code', () => {
    const closeFrame = (code: number) => Buffer.from([(code >> 8) & 0xff, code & 0xff]).toString('latin1')
    const expectClose = async (bytes: Buffer, code: number) => {
      const witness = await DialectClient.connect(`${n1}/ws`)
      const rawConnection = await RawConnection.open(portOf(n1))
      rawConnection.write(upgradeRequest('/ws'))
      await rawConnection.waitFor('HTTP/1.1 101')
      rawConnection.write(bytes)
      // The node's close frame, unmasked, with the code ahead of any reason.
      await rawConnection.waitFor(new RegExp(`\\x88[\\x02-\\x7d]${closeFrame(code)}`))
      await rawConnection.finish()
      witness.send(`after ${code}`)
      await witness.waitFor(`after ${code}`)
    }

    test('invalid UTF-8: 1007', () => expectClose(frame(Buffer.from([0xff, 0xfe, 0xfd]), { opcode: TEXT }), 1007))
    test('a message above 16 KiB: 1009', () => expectClose(frame('x'.repeat(16_385)), 1009))
    test('fragments above 16 KiB: 1009', () => {
      const parts = [frame('x'.repeat(9_000), { fin: false }), frame('x'.repeat(9_000), { opcode: 0 })]
      return expectClose(Buffer.concat(parts), 1009)
    })
    test('a length of 2^62: 1009', () => expectClose(frame('x', { length: 2n ** 62n }), 1009))
    test('no mask: 1002', () => expectClose(frame('x', { masked: false }), 1002))
    test('reserved bits: 1002', () => expectClose(frame('x', { reserved: 4 }), 1002))
    test('an unknown opcode: 1002', () => expectClose(frame('x', { opcode: 3 }), 1002))
    test('a fragmented ping: 1002', () => expectClose(frame('x', { opcode: PING, fin: false }), 1002))

    test('accepts a message of 16 KiB', async () => {
      const client = await DialectClient.connect(`${n1}/ws`)
      client.send('x'.repeat(16_384))
      await client.waitFor('x'.repeat(16_384))
    })

    test('rejects an invalid handshake', async () => {
      const raw = await RawConnection.open(portOf(n1))
      raw.write(upgradeRequest('/ws').replace('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 7'))
      await raw.waitFor('HTTP/1.1 4')
      await raw.finish()
      const elsewhere = await RawConnection.open(portOf(n1))
      elsewhere.write(upgradeRequest('/ws/nowhere'))
      await elsewhere.waitFor('HTTP/1.1 404')
      await elsewhere.finish()
    })
  })

  test('slows down ten clients that send without pause and read one frame per send, without loss', async () => {
    const dialectClients = await Promise.all(
      Array.from({ length: 10 }, (_, i) => DialectClient.connect(`${[n1, n2][i % 2]}/ws`)),
    )
    await Promise.all(
      dialectClients.map(async (dialectClient, index) => {
        for (let i = 0; i < 30; i++) {
          dialectClient.send(`${index}:${i}`)
          await dialectClient.waitForMessages(i + 1)
        }
      }),
    )
    await Promise.all(dialectClients.map((client) => client.waitForMessages(300)))
    for (const { received } of dialectClients) {
      expect(received).toEqual(dialectClients[0]!.received)
      expect(new Set(received).size).toBe(300)
    }
  })
})

test('slows down a client that exceeds the message rate', async () => {
  const cluster = await startCluster({
    nodes: 1,
    store: 'embedded',
    env: { APPENDS_PER_SECOND: '50', APPENDS_BURST: '10' },
  })
  const client = await DialectClient.connect(`${cluster.urls[0]}/ws`)
  const startedAt = performance.now()
  for (let i = 0; i < 60; i++) client.send(`${i}`)
  expect(await client.waitForMessages(60)).toEqual(Array.from({ length: 60 }, (_, i) => `${i}`))
  expect(performance.now() - startedAt).toBeGreaterThan(950)
  DialectClient.disconnectAll()
  await cluster.close()
}, 30_000)

test('disconnects a client that does not read; others receive everything', async () => {
  const cluster = await startCluster({ nodes: 1, store: 'embedded' })
  const [url] = cluster.urls
  const [sender, stalled] = [await DialectClient.connect(`${url}/ws`), await DialectClient.connect(`${url}/ws`)]
  const ada = await TestClient.connect(url!, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const { online } = await ada.emit('members:read', { room: 'lobby' })
  expect(online).toBe(3)
  stalled.socket.pause()
  const left = ada.waitFor('presence', (presence) => presence.left.length === 1 && presence.online === 2)
  let hasLeft = false
  void left.then(() => {
    hasLeft = true
  })
  let sent = 0
  // The kernel buffers some megabytes, which have to be filled first.
  while (!hasLeft) {
    sender.send('😀'.repeat(4_000))
    await sender.waitForMessages(++sent)
    expect(sent).toBeLessThan(3_000)
  }
  sender.send('still here')
  await sender.waitFor('still here')
  stalled.ws.terminate()
  DialectClient.disconnectAll()
  TestClient.disconnectAll()
  await cluster.close()
}, 60_000)

test('disconnects a client that answers no pings, and keeps one that does', async () => {
  const cluster = await startCluster({ nodes: 1, store: 'embedded' })
  const [silent, alive] = await Promise.all(
    [false, true].map((autoPong) => DialectClient.connect(`${cluster.urls[0]}/ws`, { autoPong })),
  )
  let pings = 0
  alive!.ws.on('ping', () => pings++)
  await once(silent!.ws, 'close')
  expect(silent!.closed).toMatchObject({ code: 1006 })
  expect(pings).toBeGreaterThan(0)
  alive!.send('still here')
  await alive!.waitFor('still here')
  DialectClient.disconnectAll()
  await cluster.close()
}, 60_000)

test('closes with 1012 on shutdown, and removes the users from the roster', async () => {
  const cluster = await startCluster({ nodes: 2 })
  const [n1, n2] = cluster.urls as [string, string]
  const ada = await TestClient.connect(n2, 'Ada')
  await ada.emit('room:join', { room: 'lobby' })
  const clients = await Promise.all(Array.from({ length: 10 }, () => DialectClient.connect(`${n1}/ws`)))
  await ada.waitFor('presence', ({ online }) => online === 11)
  // The clients keep sending, and one does not read: the shutdown waits for neither.
  const flood = setInterval(() => {
    for (const client of clients) if (client.ws.readyState === 1) client.send('flood')
  }, 5)
  clients[0]!.socket.pause()
  const startedAt = performance.now()
  await cluster.nodes[0]!.drain()
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  clearInterval(flood)
  for (const client of clients.slice(1)) expect(await client.waitForClose()).toMatchObject({ code: 1012 })
  await ada.waitFor('presence', ({ online }) => online === 1)
  const connecting = DialectClient.connect(`${n1}/ws`)
  await expect(connecting).rejects.toThrow('503')
  DialectClient.disconnectAll()
  await cluster.close()
}, 30_000)

test('delays messages while Redis is unavailable, and delivers them once', async () => {
  const cluster = await startCluster({ nodes: 1 })
  const client = await DialectClient.connect(`${cluster.urls[0]}/ws`)
  client.send('before')
  await client.waitFor('before')
  cluster.redis!.freeze()
  client.send('meanwhile', 'and then')
  const away = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (!cluster.nodes[0]!.closedReason) return
      clearInterval(look)
      resolve()
    }, 50)
  })
  await away
  cluster.redis!.thaw()
  await client.waitFor('and then')
  expect(client.received).toEqual(['before', 'meanwhile', 'and then'])
  DialectClient.disconnectAll()
  await cluster.close()
}, 60_000)
