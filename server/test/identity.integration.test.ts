import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { UnsecuredJWT } from 'jose'
import { io } from 'socket.io-client'
import type { Fault } from '../../protocol/faults.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, env: { ALLOWED_ORIGINS: 'https://friend.example' } })
})
afterAll(() => cluster.close())

const guest = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${cluster.urls[0]}/auth/guest`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  })

/** The fault of a CONNECT_ERROR. */
function refusedWith(auth: object): Promise<Fault> {
  const socket = io(cluster.urls[0]!, { auth, transports: ['websocket'], forceNew: true })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error('was let in')))
    socket.once('connect_error', (error) => resolve((error as Error & { data: Fault }).data))
  }).finally(() => socket.close()) as Promise<Fault>
}

describe('tokens', () => {
  test('a token of one node is valid on every node, for the same user', async () => {
    const { user, token, ok, value } = (await (await guest('{"name":" Ada "}')).json()) as Record<string, never>
    expect({ ok, value }).toEqual({ ok: true, value: { user, token } })
    expect(user).toMatchObject({ name: 'Ada' })
    for (const url of cluster.urls) {
      const ada = await TestClient.connect(url, '', { token })
      expect(ada.session.user).toEqual(user)
      expect(ada.session).not.toHaveProperty('token')
      ada.close()
    }
  })

  test('an invalid token or name causes a CONNECT_ERROR with the fault', async () => {
    const { token } = (await (await guest('{"name":"Ada"}')).json()) as { token: string }
    const [head, body, tail] = token.split('.') as [string, string, string]
    const unsigned = new UnsecuredJWT({ name: 'Root' }).setSubject('root').setExpirationTime('1h').encode()
    const forged = `${head}.${Buffer.from('{"sub":"root","name":"Root","exp":9999999999}').toString('base64url')}.${tail}`
    const other = tail.startsWith('A') ? 'B' : 'A'
    for (const bad of ['', 'x', unsigned, forged, `${head}.${body}.${other}${tail.slice(1)}`, 7, null, { a: 1 }]) {
      expect(await refusedWith({ token: bad })).toMatchObject({ code: 'unauthorized', retryable: false })
    }
    expect(await refusedWith({})).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(/auth/) })
    for (const name of ['', ' ', 'x'.repeat(41), 'a\u0000b', 'a\u202Eb', 'a\ud800b', 7, null, ['Ada']]) {
      expect(await refusedWith({ name })).toMatchObject({ code: 'bad_input', message: expect.stringMatching(/name/) })
    }
  })

  test('an expired token is rejected with token_expired', async () => {
    const brief = await startCluster({ nodes: 1, store: 'embedded', env: { TOKEN_SECRET: 'x'.repeat(32) } })
    const { SignJWT } = await import('jose')
    const { createHash } = await import('node:crypto')
    const kid = createHash('sha256').update('x'.repeat(32)).digest('base64url').slice(0, 12)
    const expired = await new SignJWT({ name: 'Ada' })
      .setProtectedHeader({ alg: 'HS256', kid })
      .setSubject('ada')
      .setExpirationTime(1)
      .sign(Buffer.from('x'.repeat(32)))
    const socket = io(brief.urls[0]!, { auth: { token: expired }, transports: ['websocket'], forceNew: true })
    const fault = await new Promise((resolve) =>
      socket.once('connect_error', (error) => resolve((error as Error & { data: Fault }).data)),
    )
    expect(fault).toMatchObject({ code: 'token_expired' })
    socket.close()
    await brief.close()
  })

  test('a user has at most ten connections across all nodes', async () => {
    const first = await TestClient.connect(cluster.urls[0]!, 'Ada')
    const more = await Promise.all(
      Array.from({ length: 9 }, (_, i) => TestClient.connect(cluster.urls[i % 2]!, 'Ada', { token: first.token })),
    )
    // Rejected temporarily: the connection is closed, and the client reconnects until there is room.
    const eleventh = TestClient.socket(cluster.urls[1]!, { token: first.token })
    const refused = () => new Promise((resolve) => eleventh.io.once('close', resolve))
    await refused()
    await refused()
    expect(eleventh.connected).toBe(false)
    // A client that announces `retries` gets a CONNECT_ERROR with the reason.
    const retrying = TestClient.socket(cluster.urls[0]!, { token: first.token, retries: true })
    const why = (await new Promise<Error>((resolve) => retrying.once('connect_error', resolve))) as Error & {
      data: Fault
    }
    expect(why.data).toMatchObject({ code: 'too_many_connections', retryable: true })
    retrying.close()
    const letIn = new Promise((resolve) => eleventh.once('session', resolve))
    more.pop()!.close()
    expect(await letIn).toMatchObject({ user: first.user })
    eleventh.close()
    for (const testClient of [first, ...more]) testClient.close()
  })
})

describe('HTTP', () => {
  test.each([
    ['{}', 400, 'bad_input'],
    ['{"name":', 400, 'bad_input'],
    ['[]', 400, 'bad_input'],
    ['{"name":"Ada","admin":true}', 400, 'bad_input'],
    ['{"name":"Ada","__proto__":{"a":1}}', 400, 'bad_input'],
    [`{"name":"${'x'.repeat(100_001)}"}`, 413, 'too_large'],
  ])('POST /auth/guest %.30s → %d %s', async (body, status, code) => {
    const answer = await guest(body)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ ok: false, fault: { code, message: expect.any(String) } })
  })

  test('unknown paths return 404 with the usual JSON', async () => {
    for (const path of ['/nope', '/auth/nope', '/%E0%A4%A', '/..%2f..%2fetc/passwd']) {
      const answer = await fetch(cluster.urls[0] + path)
      expect([400, 404]).toContain(answer.status)
      expect(await answer.json()).toMatchObject({ ok: false })
    }
  })

  test('/healthz, /readyz and /metrics respond', async () => {
    const [url] = cluster.urls
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ alive: true })
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ node: 'n1', ready: true })
    const metrics = await (await fetch(`${url}/metrics`)).text()
    for (const name of [
      'connections{',
      'entries_accepted_total',
      'entries_delivered_total',
      'fanout_batch_entries',
      'append_seconds',
      'unknown_sid_total',
    ]) {
      expect(metrics).toContain(`hubbub_${name}`)
    }
    expect(metrics).toContain('nodejs_eventloop_lag')
  })
})

describe('origins', () => {
  const handshake = (origin: string | undefined, more: Record<string, string> = {}) =>
    fetch(`${cluster.urls[0]}/socket.io/?EIO=4&transport=polling`, {
      headers: { ...(origin !== undefined && { Origin: origin }), ...more },
    })

  test('requests without an origin, from the same origin and from allowed origins pass; others are rejected', async () => {
    const own = cluster.urls[0]!
    expect((await handshake(undefined)).status).toBe(200)
    expect((await handshake(own)).status).toBe(200)
    const friend = await handshake('https://friend.example')
    expect(friend.headers.get('access-control-allow-origin')).toBe('https://friend.example')
    for (const origin of ['https://evil.example', 'null', own.replace('http:', 'https:'), `${own}0`]) {
      const answer = await handshake(origin)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ fault: { code: 'forbidden_origin' } })
      expect((await guest('{"name":"Eve"}', { Origin: origin })).status).toBe(403)
    }
  })

  test('the scheme of the own origin is the forwarded one', async () => {
    const https = cluster.urls[0]!.replace('http:', 'https:')
    expect((await handshake(https, { 'X-Forwarded-Proto': 'https' })).status).toBe(200)
    expect((await handshake(cluster.urls[0], { 'X-Forwarded-Proto': 'https' })).status).toBe(403)
  })

  test('origins are checked on WebSocket, too', async () => {
    const upgrade = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = io(cluster.urls[0]!, {
          auth: { name: 'Ada' },
          transports: ['websocket'],
          extraHeaders: { Origin: origin },
          forceNew: true,
        })
        const done = (outcome: string) => {
          socket.close()
          resolve(outcome)
        }
        socket.once('connect', () => done('in')).once('connect_error', () => done('refused'))
      })
    expect(await upgrade(cluster.urls[0]!)).toBe('in')
    expect(await upgrade('https://evil.example')).toBe('refused')
  })

  test('answers a CORS preflight of an allowed origin', async () => {
    const answer = await fetch(`${cluster.urls[0]}/auth/guest`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://friend.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-methods')).toMatch(/POST/)
  })
})
