import { FRAME_MAX_BYTES } from '../../protocol/limits.ts'
import { get, PollingSession, post } from './polling-session.ts'
import { frame, HANDSHAKE, RawConnection, upgradeRequest } from './raw.ts'

export interface Target {
  port: number
  /** A valid token. */
  token: string
}

const repeated = (count: number, packet: string) => Array(count).fill(packet).join('\x1e')

/** Attacks on a session beyond single packets; `n` varies them. Each returns everything that the node sent. */
export const abuses: Record<string, (target: Target & { n: number }) => Promise<string>> = {
  'two polls at once': async ({ port, token }) => {
    const session = await PollingSession.open(port, token)
    const other = await RawConnection.open(port)
    session.polls.write(get(session.path))
    other.write(get(session.path))
    await Promise.all([session.polls.nextResponse(), other.nextResponse()])
    await other.finish()
    return closeSession(session)
  },
  'two posts at once, one unfinished': async ({ port, token }) => {
    const session = await PollingSession.open(port, token)
    const other = await RawConnection.open(port)
    other.write(post(session.path, 'x'.repeat(100)).slice(0, -50))
    await session.post('3')
    await other.reset()
    return closeSession(session)
  },
  'a body cut short': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    session.posts.write(post(session.path, 'x'.repeat(200)).slice(0, -1 - (n % 150)))
    if (n % 2) await session.posts.reset()
    else await session.posts.finish()
    await session.polls.reset()
    return session.received
  },
  'a body of another kind': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    const kinds = ['application/octet-stream', 'application/json', 'multipart/form-data', ';', 'x'.repeat(5_000)]
    session.posts.write(post(session.path, '42["ping",{}]', `Content-Type: ${kinds[n % kinds.length]}\r\n`))
    await session.posts.nextResponse()
    return closeSession(session)
  },
  'a body that is too large': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    await session.post('4'.repeat(FRAME_MAX_BYTES + 1 + n))
    return closeSession(session)
  },
  'nothing but separators': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    await session.post('\x1e'.repeat(1 + ((n * 997) % FRAME_MAX_BYTES)))
    return closeSession(session)
  },
  'many small packets': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    await session.post(repeated(20_000, ['3', '6', '430[]', '42'][n % 4]!))
    return closeSession(session)
  },
  'another method, transport or version': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    const wrong = [
      post(session.path, 'x').replace('POST', 'PUT'),
      get(session.path).replace('GET', 'DELETE'),
      get(session.path.replace('polling', 'websocket')),
      get(session.path.replace('EIO=4', 'EIO=3')),
      post(`${session.path}&j=0`, 'd=%34%32'),
      post(`${session.path}&sid=x&sid=${session.sid}`, '3'),
    ]
    session.posts.write(wrong[n % wrong.length]!)
    await session.posts.nextResponse()
    return closeSession(session)
  },
  'a poll that hangs up, with compression': async ({ port, token }) => {
    const session = await PollingSession.open(port, token)
    await session.send('42["room:join",{"room":"raw"}]', ...Array(30).fill(`421["${'x'.repeat(39)}",{}]`))
    session.polls.write(get(session.path, 'Accept-Encoding: gzip\r\n'))
    await session.polls.reset()
    await session.posts.reset()
    return session.received
  },
  'an upgrade that goes wrong': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, token)
    const probes = ['2probe', '2', '5', '3probe', '42["ping",{}]', '', '2probe2probe', '4'.repeat(FRAME_MAX_BYTES + 1)]
    const probing = await RawConnection.webSocket(port, { query: `&sid=${session.sid}` })
    const again = await RawConnection.webSocket(port, { query: `&sid=${session.sid}` })
    probing.write(frame(probes[n % probes.length]!), frame(probes[(n >> 3) % probes.length]!))
    if (n % 5 === 0) await probing.reset()
    else await probing.finish()
    await again.finish()
    await session.posts.reset()
    await session.polls.reset()
    return session.received
  },
  'a WebSocket session asked over HTTP': async ({ port, token }) => {
    const rawConnection = await RawConnection.webSocket(port, { token })
    const [, sid = ''] = /"sid":"([^"]+)"/.exec(rawConnection.received) ?? []
    const other = await RawConnection.open(port)
    for (const transport of ['polling', 'websocket']) {
      other.write(
        get(`${HANDSHAKE}${transport}&sid=${sid}`),
        post(`${HANDSHAKE}${transport}&sid=${sid}`, '42["ping",{}]'),
      )
      await other.nextResponse()
      await other.nextResponse()
    }
    await other.finish()
    await rawConnection.finish()
    return rawConnection.received + other.received
  },
  'hundreds of CONNECTs at once': async ({ port, token, n }) => {
    const connect = `40${JSON.stringify(n % 2 ? { token } : { name: 'Many' })}`
    const session = await PollingSession.open(port)
    await session.send(...Array(300).fill(connect))
    await session.post('3')
    return closeSession(session)
  },
  'repeated CONNECT and DISCONNECT': async ({ port, token, n }) => {
    const connect = `40${JSON.stringify({ token })}`
    const raw = await RawConnection.webSocket(port, n % 2 ? { token } : {})
    raw.write(...Array(50).fill(Buffer.concat([frame(connect), frame('41')])))
    await raw.finish()
    return raw.received
  },
  'CONNECTs to namespaces that do not exist': async ({ port, token, n }) => {
    const session = await PollingSession.open(port, n % 2 ? token : undefined)
    await session.post(repeated(10_000, '40/x,{}'))
    return closeSession(session)
  },
  'as many bad tokens as fit': async ({ port }) => {
    const raw = await RawConnection.webSocket(port)
    for (let i = 0; i < 20; i++) {
      raw.write(frame('40{"token":"x.y.z"}'))
      await raw.waitFor('44{', i + 1)
    }
    await raw.finish()
    return raw.received
  },
  'a handshake and no more': async ({ port, n }) => {
    const raw = await RawConnection.open(port)
    raw.write(n % 2 ? get(`${HANDSHAKE}polling`) : upgradeRequest(`${HANDSHAKE}websocket`))
    if (n % 3) await raw.reset()
    else await raw.finish()
    return raw.received
  },
}

async function closeSession(session: PollingSession): Promise<string> {
  await session.close()
  return session.received + session.polls.received + session.posts.received
}
