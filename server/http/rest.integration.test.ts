import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import fc from 'fast-check'
import { startCluster, stores, type TestCluster } from '../test/cluster.ts'
import { TestClient } from '../test/person.ts'
import { RestClient, type RestResponse } from '../test/rest-client.ts'
import { guestOf } from './rest/guest.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })
const typed = (type: string | undefined, body: BodyInit) => ({
  method: 'POST',
  body: typeof body === 'string' ? Buffer.from(body) : body,
  headers: (type === undefined ? {} : { 'Content-Type': type }) as Record<string, string>,
})

describe.each(stores)('REST, on the %s store', (store) => {
  let cluster: TestCluster
  let rest: RestClient

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, store, env: { REST_PER_SECOND: '100000' } })
    rest = await RestClient.at(...cluster.urls)
  })
  afterAll(() => cluster.close())

  const guest = async (name: string): Promise<{ user: { id: string }; token: string }> =>
    (await fetch(`${cluster.urls[0]}/auth/guest`, typed('application/json', JSON.stringify({ name })))).json()
  const bearing = (token: string) => ({ Authorization: `Bearer ${token}` })

  function refused(heard: RestResponse, status: number, code: string, names: RegExp): void {
    expect(heard.fault).toMatchObject({ code, message: expect.stringMatching(names) })
    expect(heard.status).toBe(status)
    expect(heard.fault?.message).toMatch(/^.{10,400}\.$/s)
  }

  describe('the four requests, as those clients send them', () => {
    test('POST /sendMessage, as JSON and as both kinds of form', async () => {
      const said = { message: 'Hello', senderId: 'ada', timestamp: '2026-01-31T12:00:00.000Z' }
      const heard = await rest.postJson('/sendMessage', said)
      const { timestamp, clientId } = heard.value
      expect(timestamp).toMatch(ISO)
      // The node's own, as the request named none.
      expect(clientId).toMatch(/^rest-[0-9a-f]{24}$/)
      expect(heard.text).toBe(
        `{"ok":true,"value":{"roomId":"lobby","seq":1,"senderId":"ada","senderName":"ada","message":"Hello","timestamp":"${timestamp}","sentAt":"2026-01-31T12:00:00.000Z","clientId":"${clientId}"}}`,
      )
      expect(heard.status).toBe(201)
      const multipart = new FormData()
      for (const [name, value] of Object.entries({ ...said, timestamp: '1769860800' })) multipart.set(name, value)
      const forms = [
        { ...form({ ...said, timestamp: '1769860800000' }) },
        { method: 'POST', body: multipart },
        typed(
          'application/x-www-form-urlencoded; charset=UTF-8',
          'message=Hello&senderId=ada&timestamp=2026-01-31+12:00',
        ),
        typed('application/json; charset=utf-8', JSON.stringify({ ...said, timestamp: 1_769_860_800 })),
      ]
      for (const [i, init] of forms.entries()) {
        const { value } = await rest.request('/sendMessage', init)
        expect(value).toEqual({
          ...heard.value,
          seq: i + 2,
          timestamp: expect.stringMatching(ISO),
          clientId: expect.stringMatching(/^rest-/),
        })
      }
    })

    test('a senderId may be a number, as may a timestamp be left out; a text survives byte for byte', async () => {
      const message = ' <b>é 👩‍👩‍👧‍👦 \u0000\u2028"\\ +&=%\r\n'
      const { value } = await rest.postJson('/sendMessage', { message, senderId: 7, roomId: 'odd' })
      expect(value).toMatchObject({ message, senderId: '7', seq: 1 })
      expect(value).not.toHaveProperty('sentAt')
      const again = await rest.request('/sendMessage', form({ message, senderId: '7', roomId: 'odd' }))
      expect(again.value).toMatchObject({ message, senderId: '7', seq: 2 })
      expect((await rest.getMessages({ roomId: 'odd' })).value.messages).toEqual([value, again.value])
    })

    test('POST /updateStatus and GET /getStatus', async () => {
      const asked = () => rest.request('/getStatus?userId=cleo')
      expect((await asked()).text).toBe('{"ok":true,"value":{"userId":"cleo","roomId":"lobby","status":"offline"}}')
      const before = Date.now()
      const online = await rest.postJson('/updateStatus', { userId: 'cleo', status: 'online' })
      const { expiresAt } = online.value
      expect(online.text).toBe(
        `{"ok":true,"value":{"userId":"cleo","roomId":"lobby","status":"online","expiresAt":"${expiresAt}"}}`,
      )
      expect(Math.abs(new Date(expiresAt).getTime() - before - 60_000)).toBeLessThan(10_000)
      expect((await asked()).text).toBe(
        '{"ok":true,"value":{"userId":"cleo","roomId":"lobby","status":"online","presence":"online","name":"cleo"}}',
      )
      await rest.request('/updateStatus', form({ userId: 'cleo', status: 'typing' }))
      expect((await asked()).value.status).toBe('typing')
      await rest.postJson('/sendMessage', { message: 'said', senderId: 'cleo' })
      expect((await asked()).value.status).toBe('online')
      const offline = await rest.postJson('/updateStatus', { userId: 'cleo', status: 'offline' })
      expect(offline.text).toBe('{"ok":true,"value":{"userId":"cleo","roomId":"lobby","status":"offline"}}')
      expect((await asked()).value.status).toBe('offline')
    })
  })

  describe('GET /getMessages', () => {
    test('the newest page, pages by since, and pages by after: each message once, whatever the limit', async () => {
      const roomId = 'pages'
      // In one go, so that several share a millisecond.
      await Promise.all(
        Array.from({ length: 230 }, (_, i) =>
          rest.postJson('/sendMessage', { roomId, senderId: 'p', message: `${i}` }),
        ),
      )
      const all = (await rest.getMessages({ roomId, limit: 200, after: 0 })).value
      expect(all).toMatchObject({ head: 230, more: true, next: 200, truncated: false, changes: [] })
      const rest30 = (await rest.getMessages({ roomId, after: all.next })).value
      expect(rest30).toMatchObject({ more: false, next: 230 })
      const messages = [...all.messages, ...rest30.messages]
      expect(messages.map(({ seq }: { seq: number }) => seq)).toEqual(Array.from({ length: 230 }, (_, i) => i + 1))

      const newest = (await rest.getMessages({ roomId })).value
      expect(newest).toMatchObject({ messages: messages.slice(-50), more: true, next: 230 })

      for (const limit of [1, 7, 200]) {
        const seen = []
        let since: string | number = 0
        for (;;) {
          const { value } = await rest.getMessages({ roomId, limit, since })
          seen.push(...value.messages)
          if (!value.more) break
          since = value.messages.at(-1).timestamp
        }
        expect(seen).toEqual(messages)
      }
      const moments: number[] = messages.map(({ timestamp }) => new Date(timestamp).getTime())
      for (const i of [0, 1, 100, 178, 179, 180, 228, 229]) {
        const { value } = await rest.getMessages({ roomId, since: moments[i]!, limit: 1 })
        const expected = moments.findIndex((moment) => moment > moments[i]!)
        expect(value.messages[0]?.seq).toBe(expected === -1 ? undefined : expected + 1)
      }
      expect((await rest.getMessages({ roomId, since: Date.now() + 60_000 })).value).toMatchObject({
        messages: [],
        more: false,
      })
    })

    test('an edit stands in the message, a deletion empties it, and both are told', async () => {
      const ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
      await ada.emit('room:join', { room: 'changes' })
      for (const text of ['one', 'two', 'three']) await ada.send('changes', text)
      await ada.emit('message:edit', { room: 'changes', seq: 1, text: 'ONE' })
      await ada.emit('message:delete', { room: 'changes', seq: 2 })
      const { value } = await rest.getMessages({ roomId: 'changes' })
      expect(value.messages).toMatchObject([
        { seq: 1, message: 'ONE', editedAt: expect.stringMatching(ISO), senderId: ada.user.id, senderName: 'Ada' },
        { seq: 2, message: '', deleted: true },
        { seq: 3, message: 'three' },
      ])
      expect(value.changes).toMatchObject([
        { kind: 'edit', target: 1 },
        { kind: 'delete', target: 2 },
      ])
      ada.close()
    })
  })

  describe('who a senderId is', () => {
    test('with a token its own user, by id or name, and nobody else', async () => {
      const { user, token } = await guest('Zoe')
      for (const senderId of [user.id, 'Zoe']) {
        const said = { senderId, message: 'me', roomId: 'who' }
        expect((await rest.postJson('/sendMessage', said, bearing(token))).value).toMatchObject({
          senderId: user.id,
          senderName: 'Zoe',
        })
      }
      const other = { senderId: 'bob', message: 'me', roomId: 'who' }
      refused(await rest.postJson('/sendMessage', other, bearing(token)), 403, 'sender_mismatch', /bob.*/)
      const status = { userId: 'bob', status: 'online' }
      refused(await rest.postJson('/updateStatus', status, bearing(token)), 403, 'sender_mismatch', /bob/)
    })

    test('without one never somebody who signed in', async () => {
      const { user } = await guest('Yves')
      for (const heard of [
        await rest.postJson('/sendMessage', { senderId: user.id, message: 'x' }),
        await rest.postJson('/updateStatus', { userId: user.id, status: 'offline' }),
      ]) {
        refused(heard, 401, 'unauthorized', /signed in/)
        expect(heard.headers.get('WWW-Authenticate')).toBe('Bearer realm="hubbub"')
      }
      const named = await rest.postJson('/sendMessage', { senderId: 'Yves', message: 'x', roomId: 'who' })
      expect(named.value.senderId).toBe('Yves')
      const watcher = await TestClient.connect(cluster.urls[0]!, 'Watcher')
      const { entries } = await watcher.emit('room:join', { room: 'who' })
      expect(entries.at(-1)?.by).toEqual(guestOf('Yves'))
      watcher.close()
    })

    test.each([
      ['Basic YTpi', 'unauthorized'],
      ['Bearer', 'unauthorized'],
      ['Bearer nonsense', 'unauthorized'],
      ['Bearer a b', 'unauthorized'],
      [`Bearer ${'x'.repeat(5_000)}`, 'unauthorized'],
    ])('a bad Authorization header is no guest: %.20s', async (Authorization, code) => {
      for (const heard of [
        await rest.postJson('/sendMessage', { senderId: 'ada', message: 'x' }, { Authorization }),
        await rest.postJson('/updateStatus', { userId: 'ada', status: 'online' }, { Authorization }),
        await rest.getMessages({}, { Authorization }),
        await rest.request('/getStatus?userId=ada', { headers: { Authorization } }),
      ]) {
        refused(heard, 401, code, /token/)
      }
    })
  })

  test('a message sent again with its key is said once; another one with that key is refused', async () => {
    const said = { senderId: 'ada', message: 'once', roomId: 'keys' }
    const key = '8e03978e-40d5-43dd-bc93-6894a57f9324'
    const first = await rest.postJson('/sendMessage', { ...said, clientId: key })
    for (const header of [key, `"${key}"`]) {
      const again = await rest.postJson('/sendMessage', said, { 'Idempotency-Key': header })
      expect([again.status, again.value]).toEqual([201, first.value])
    }
    refused(
      await rest.postJson('/sendMessage', { ...said, message: 'x', clientId: key }),
      409,
      'client_id_used',
      /new one/,
    )
    const both = await rest.postJson('/sendMessage', { ...said, clientId: key }, { 'Idempotency-Key': 'other' })
    refused(both, 400, 'bad_input', /Idempotency-Key/)
    expect((await rest.postJson('/sendMessage', { ...said, senderId: 'bob', clientId: key })).value.seq).toBe(2)
    // The edge asks another node under the same name, when one did not answer.
    const named = [1, 2].map(() => rest.postJson('/sendMessage', said, { 'X-Request-Id': 'f'.repeat(32) }))
    expect((await Promise.all(named)).map(({ value }) => value.seq)).toEqual([3, 3])
  })

  const good = { message: 'x', senderId: 'ada' }
  test.each<[string, object, RegExp]>([
    ['/sendMessage', {}, /message: is missing.*senderId: is missing/],
    ['/sendMessage', { ...good, message: '' }, /message: must be 1–4000/],
    ['/sendMessage', { ...good, message: 'x'.repeat(4_001) }, /message: must be 1–4000/],
    ['/sendMessage', { ...good, message: 7 }, /message: must be a text/],
    ['/sendMessage', { ...good, message: 'a\ud800' }, /message.*surrogate/],
    ['/sendMessage', { ...good, senderId: null }, /senderId: must be a text/],
    ['/sendMessage', { ...good, senderId: ' ' }, /senderId: must be 1–40/],
    ['/sendMessage', { ...good, senderId: 'x'.repeat(41) }, /senderId: must be 1–40/],
    ['/sendMessage', { ...good, senderId: '\u202e' }, /senderId/],
    ['/sendMessage', { ...good, senderId: 1.5 }, /senderId/],
    ['/sendMessage', { ...good, timestamp: 'yesterday' }, /timestamp: must be a time: ISO 8601/],
    ['/sendMessage', { ...good, timestamp: null }, /timestamp: must be a time/],
    ['/sendMessage', { ...good, roomId: 'No Room' }, /roomId: must be 1–64/],
    ['/sendMessage', { ...good, clientId: 'a b' }, /clientId: must be 1–64/],
    ['/sendMessage', { ...good, room: 'secret' }, /room"/],
    ['/sendMessage', [], /expected object/],
    ['/updateStatus', {}, /userId: is missing.*status: is missing/],
    ['/updateStatus', { userId: 'ada', status: 'away' }, /status: must be online, offline or typing/],
    ['/updateStatus', { userId: 'ada', status: 'online', roomId: '' }, /roomId/],
  ])('%s %j is told what is wrong', async (path, body, names) => {
    refused(await rest.postJson(path, body), 400, 'bad_input', names)
  })

  test.each<[string, RegExp]>([
    ['/getMessages?limit=0', /limit: must be 1 or more/],
    ['/getMessages?limit=201', /limit: must be at most 200/],
    ['/getMessages?limit=', /limit/],
    ['/getMessages?limit=1.5', /limit/],
    ['/getMessages?limit=1&limit=2', /limit: is given more than once/],
    ['/getMessages?since=then', /since: must be a time/],
    ['/getMessages?since=1&after=1', /since or after/],
    ['/getMessages?after=-1', /after/],
    ['/getMessages?roomId=%', /%25/],
    ['/getMessages?roomId=%FF', /UTF-8/],
    ['/getMessages?colour=red', /colour/],
    ['/getMessages?__proto__=1', /__proto__/],
    ['/getStatus', /userId: is missing/],
    ['/getStatus?userId=', /userId/],
  ])('GET %s is told what is wrong', async (path, names) => {
    refused(await rest.request(path), 400, 'bad_input', names)
  })

  test.each<[string, RequestInit, number, string, RegExp]>([
    ['no type', typed(undefined, '{}'), 415, 'unsupported_type', /Content-Type/],
    ['another type', typed('text/plain', '{}'), 415, 'unsupported_type', /application\/json/],
    ['another charset', typed('application/json; charset=latin1', '{}'), 415, 'unsupported_type', /latin1/],
    [
      'an unknown encoding',
      {
        ...typed('application/json', '{}'),
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'zip' },
      },
      415,
      'unsupported_type',
      /plain/,
    ],
    [
      'not gzip',
      {
        ...typed('application/json', '{}'),
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      },
      400,
      'bad_input',
      /JSON/,
    ],
    ['no JSON', typed('application/json', '{"message":'), 400, 'bad_input', /JSON/],
    ['no UTF-8', typed('application/json', new Uint8Array([0x22, 0xff, 0x22])), 400, 'bad_input', /UTF-8/],
    ['a broken form', typed('application/x-www-form-urlencoded', 'message=%zz'), 400, 'bad_input', /%25/],
    [
      'a field twice',
      typed('application/x-www-form-urlencoded', 'message=1&message=2'),
      400,
      'bad_input',
      /message: is given/,
    ],
    ['a broken multipart', typed('multipart/form-data; boundary=x', '--y\r\n'), 400, 'bad_input', /multipart/],
    ['a multipart without a boundary', typed('multipart/form-data', '--y\r\n'), 400, 'bad_input', /multipart/],
    [
      'too much',
      typed('application/json', JSON.stringify({ ...good, message: 'x'.repeat(100_000) })),
      413,
      'too_large',
      /100 kB/,
    ],
    ['nothing', { method: 'POST' }, 400, 'bad_input', /missing/],
  ])('a body that is %s is told so', async (_, init, status, code, names) => {
    for (const path of ['/sendMessage', '/updateStatus']) refused(await rest.request(path, init), status, code, names)
  })

  test('rooms of two are not for guests; another origin, and another method, are refused', async () => {
    const { token } = await guest('Dora')
    const bodies = (roomId: string): [string, RequestInit][] => [
      ['/sendMessage', typed('application/json', JSON.stringify({ ...good, senderId: 'Dora', roomId }))],
      ['/updateStatus', typed('application/json', JSON.stringify({ userId: 'Dora', status: 'online', roomId }))],
      [`/getMessages?roomId=${roomId}`, {}],
      [`/getStatus?userId=Dora&roomId=${roomId}`, {}],
    ]
    const also = (init: RequestInit, headers: object): RequestInit => ({
      ...init,
      headers: { ...init.headers, ...headers },
    })
    for (const [path, init] of bodies('direct:a:b')) {
      refused(await rest.request(path, init), 401, 'unauthorized', /two people/)
      refused(await rest.request(path, also(init, bearing(token))), 403, 'not_admitted', /two people/)
    }
    for (const [path, init] of bodies('match:1'))
      refused(await rest.request(path, init), 403, 'reserved_room', /match:find/)
    for (const [path, init] of bodies('lobby')) {
      const elsewhere = also(init, { Origin: 'https://elsewhere.example' })
      refused(await rest.request(path, elsewhere), 403, 'forbidden_origin', /ALLOWED_ORIGINS/)
      const wrong = await rest.request(path, { method: 'DELETE' })
      refused(wrong, 405, 'method_not_allowed', /takes/)
      expect(wrong.headers.get('Allow')).toBe(init.method === 'POST' ? 'POST' : 'GET, HEAD')
    }
  })

  test('a direct room is open to its two people, with their tokens', async () => {
    const ada = await TestClient.connect(cluster.urls[0]!, 'Ada')
    const bob = await TestClient.connect(cluster.urls[0]!, 'Bob')
    const { room } = await ada.emit('direct:open', { user: bob.user.id })
    const said = { senderId: ada.user.id, message: 'between us', roomId: room }
    const { value } = await rest.postJson('/sendMessage', said, bearing(ada.token))
    await bob.waitFor('direct:news', (news) => news.room === room)
    expect((await rest.getMessages({ roomId: room }, bearing(bob.token))).value.messages).toEqual([value])
    refused(await rest.getMessages({ roomId: room }), 401, 'unauthorized', /two people/)
  })

  test('a thousand odd requests each: a fault with a code and a sentence, or a good answer, as the document says', async () => {
    const odd = fc.oneof(
      ...[
        fc.string(),
        fc.integer(),
        fc.double(),
        fc.constant(null),
        fc.boolean(),
        fc.array(fc.string(), { maxLength: 2 }),
      ],
      fc.constantFrom(
        'ada',
        'lobby',
        'online',
        '\ud800',
        '\0',
        '__proto__',
        '2026-01-31',
        'x'.repeat(5_000),
        '1769860800',
      ),
      fc.object({ maxDepth: 1 }),
    )
    const name = fc.constantFrom(
      'message',
      'senderId',
      'timestamp',
      'roomId',
      'clientId',
      'userId',
      'status',
      '__proto__',
    )
    const body = fc.oneof(fc.dictionary(name, odd), odd)
    const path = fc.constantFrom('/sendMessage', '/updateStatus')
    const bad = (heard: RestResponse) => {
      if (heard.fault) expect([heard.fault.code, heard.status]).toEqual(['bad_input', 400])
      else expect([200, 201]).toContain(heard.status)
    }
    const some = { numRuns: 1_000, endOnFailure: true }
    await fc.assert(
      fc.asyncProperty(path, body, async (to, what) => bad(await rest.postJson(to, what))),
      some,
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'%&=+;-"{}[]:,\r\nab\0é') }).map((text) => new TextEncoder().encode(text)),
    )
    const type = fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=ab',
    )
    await fc.assert(
      fc.asyncProperty(path, type, bytes, async (to, as, what) =>
        bad(await rest.request(to, typed(as, new Uint8Array(what)))),
      ),
      some,
    )
    const query = fc.oneof(
      fc
        .dictionary(
          fc.constantFrom('roomId', 'limit', 'since', 'after', 'userId'),
          fc.oneof(fc.string(), fc.nat().map(String), fc.constantFrom('lobby', '2026-01-31', '\ud800')),
        )
        .map((fields) => `${new URLSearchParams(fields)}`),
      fc.string({ unit: fc.constantFrom(...'%&=+;ab0?/#é') }),
    )
    const read = fc.constantFrom('/getMessages', '/getStatus')
    await fc.assert(
      fc.asyncProperty(read, query, async (from, what) => bad(await rest.request(`${from}?${what}`))),
      some,
    )
  }, 120_000)

  test('too much at once is told how long to wait; one who goes without a token, that one is needed', async () => {
    const env = { REST_PER_SECOND: '8', REST_SENDERS: 'token' }
    const strict = await startCluster({ nodes: 1, store, env })
    try {
      const client = await RestClient.at(...strict.urls)
      expect(client.document.security).toEqual([{ bearer: [] }])
      const requests: [string, RequestInit][] = [
        ['/sendMessage', typed('application/json', JSON.stringify(good))],
        ['/updateStatus', typed('application/json', JSON.stringify({ userId: 'ada', status: 'online' }))],
        ['/getMessages', {}],
        ['/getStatus?userId=ada', {}],
      ]
      for (const [path, init] of requests)
        refused(await client.request(path, init), 401, 'unauthorized', /show a token/)
      const testClient = await TestClient.connect(strict.urls[0]!, 'ada')
      const asked = ([path, init]: [string, RequestInit]) =>
        client.request(path, { ...init, headers: { ...init.headers, ...bearing(testClient.token) } })
      for (const request of requests) expect((await asked(request)).status).toBeLessThan(300)
      for (const request of requests) {
        const burst = await Promise.all(Array.from({ length: 20 }, () => asked(request)))
        const slowed = burst.find(({ status }) => status === 429)!
        refused(slowed, 429, 'rate_limited', /Retry-After/)
        expect(slowed.fault).toMatchObject({ retryable: true, retryInMs: expect.any(Number) })
        expect(Number(slowed.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1)
      }
      for (const seen of client.answered) rest.answered.add(seen)
    } finally {
      await strict.close()
    }
  })

  test('one sender is slowed down as on a socket, on all nodes together', async () => {
    const slow = await startCluster({
      nodes: 2,
      store,
      env: { REST_PER_SECOND: '1000', APPENDS_PER_SECOND: '1', APPENDS_BURST: '3' },
    })
    try {
      const client = await RestClient.at(...slow.urls)
      const burst = await Promise.all(Array.from({ length: 12 }, () => client.postJson('/sendMessage', good)))
      expect(burst.filter(({ status }) => status === 201).length).toBeLessThan(8)
      expect(burst.some(({ status }) => status === 429)).toBe(true)
      expect((await client.postJson('/sendMessage', { ...good, senderId: 'bob' })).status).toBe(201)
    } finally {
      await slow.close()
    }
  })

  test('the document is valid OpenAPI 3.1; the page says the same, under a policy that allows nothing inline', async () => {
    const valid = await new Validator().validate(structuredClone(rest.document) as never)
    expect(valid).toEqual({ valid: true })
    expect(rest.document.openapi).toMatch(/^3\.1/)
    const [url] = cluster.urls
    const page = await fetch(`${url}/api/docs`)
    const html = await page.text()
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(page.headers.get('Content-Security-Policy')).toMatch(/script-src 'self'.*style-src 'self'/)
    expect(html).not.toMatch(/<script|<style|\son\w+=|style=|https?:\/\/(?!localhost)/)
    for (const [path, methods] of Object.entries(rest.document.paths)) {
      for (const { summary, responses } of Object.values(methods)) {
        for (const said of [path, summary, ...Object.keys(responses)]) expect(html).toContain(said)
      }
    }
    const style = await fetch(`${url}/api/docs.css`)
    expect(style.headers.get('Content-Type')).toMatch(/^text\/css/)
    expect(html).toContain('href="/api/docs.css"')
    // Its examples name all that they need.
    expect(html).toContain('/getStatus?userId=ada')
    expect(html).toMatch(/&quot;message&quot;:&quot;[^<]+&quot;senderId&quot;:&quot;ada&quot;/)
    expect(html).not.toContain('undefined')
  })

  if (store === 'redis') {
    test('a store that is away is a 503 with Retry-After', async () => {
      await cluster.redis!.kill()
      const heard = [
        await rest.postJson('/sendMessage', good),
        await rest.postJson('/updateStatus', { userId: 'ada', status: 'online' }),
        await rest.getMessages(),
        await rest.request('/getStatus?userId=ada'),
      ]
      for (const each of heard) {
        refused(each, 503, 'unavailable', /again/)
        expect(Number(each.headers.get('Retry-After'))).toBeGreaterThanOrEqual(1)
      }
      await cluster.redis!.run()
    })

    test('every answer that the document has was heard', () => {
      const all = Object.entries(rest.document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          Object.keys(responses).map((status) => `${method} ${path} ${status}`),
        ),
      )
      expect([...rest.answered].sort()).toEqual(all.sort())
    })
  }
})
