import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { anything } from './odd-input.ts'

const x = (n: number) => 'x'.repeat(n)
const token = 'eyJhbGciOiJub25lIn0.e30.'

const path = fc.oneof(
  fc.constantFrom(
    '/',
    '/socket.io',
    '/socket.io/x',
    '/socket.io//',
    '/socket.io/../auth/guest',
    '//socket.io/',
    '/SOCKET.IO/',
  ),
  fc.constantFrom(
    '/auth/guest',
    '/auth',
    '/auth/guest/',
    '/healthz',
    '/readyz',
    '/metrics',
    '/assets/',
    '/index.html',
    '*',
  ),
  fc.constantFrom(
    '/%',
    '/%00',
    '/%ff',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '//',
    '///x',
  ),
  fc.constantFrom(
    '/auth/%',
    `/${x(5_000)}`,
    '/..;/',
    '/?__proto__[x]=1',
    'http://elsewhere.example/healthz',
    '/healthz#x',
  ),
  fc.webPath().map((path) => path || '/'),
)

const queryPart = fc.oneof(
  fc.constantFrom('EIO=4', 'EIO=3', 'EIO=', 'EIO=99', 'EIO=4&EIO=3', 'EIO[]=4', 'EIO=4%00'),
  fc.constantFrom(
    'transport=polling',
    'transport=websocket',
    'transport=webtransport',
    'transport=constructor',
    'transport=',
  ),
  fc.constantFrom('transport=__proto__', 'transport=polling&transport=websocket', 'transport=flashsocket'),
  fc.constantFrom(
    'sid=x',
    'sid=n1.x',
    'sid=__proto__',
    'sid=constructor',
    'sid=%00',
    'sid=x&sid=y',
    'sid[]=x',
    `sid=${x(2_000)}`,
  ),
  fc.constantFrom('j=0', 'j=1%27);alert(1)//', 'b64=1', 't=x', 'sid', '&&&', '%', '=', 'token=x'),
  fc.webQueryParameters(),
)
/** Rarely a valid handshake, which would create a session that lives until its timeout. */
const query = fc.array(queryPart, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('&'))

const header = fc.constantFrom(
  'Origin: http://elsewhere.example',
  'Origin: null',
  'Origin: \x80',
  'Origin:',
  `Origin: ${x(2_000)}`,
  'X-Forwarded-For: x',
  'X-Forwarded-For: 1.2.3.4, , ::::, 999.1.1.1',
  'X-Forwarded-Proto: ,,',
  'Forwarded: for=x',
  'Authorization: Bearer x',
  `Authorization: Bearer ${token}`,
  'Cookie: io=x; =; ;',
  'User-Agent: ;MSIE Trident/',
  'Accept: */*;q=x',
  'Accept-Encoding: gzip',
  'Accept-Encoding: *;q=0',
  'Range: bytes=-1',
  'Range: bytes=5-1,x',
  'If-None-Match: *',
  'If-Modified-Since: x',
  'Access-Control-Request-Method: PUT',
  'Sec-WebSocket-Key: x',
  'Upgrade: x',
  'X-HTTP-Method-Override: PUT',
  `X: ${x(2_000)}`,
  'Content-Type: application/json',
  'Content-Type: application/json; charset=utf-7',
  'Content-Type: application/octet-stream',
  'Content-Type: text/plain',
  'Content-Type: ;',
  'Content-Type: multipart/form-data',
  'Content-Encoding: gzip',
  'Content-Encoding: x',
)

const body = fc.oneof(
  fc.constant(''),
  fc.record({ name: anything }).map((guest) => JSON.stringify(guest)),
  anything.map((value) => JSON.stringify(value) ?? ''),
  fc.constantFrom(
    '{"name":',
    '{"__proto__":{"name":"x"}}',
    `${'['.repeat(30_000)}`,
    '\0',
    '{"name":"a","name":"b"}',
    '40{}',
    x(100_001),
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constant(gzipSync(x(1_000_000))),
)

/** Well-formed HTTP/1.1 requests (RFC 9112) with invalid content: each is answered, and the connection stays usable. */
export const request: fc.Arbitrary<Buffer> = fc
  .record({
    method: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('GET', 'POST') },
      fc.constantFrom('PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'),
    ),
    target: fc.oneof(
      path,
      fc.tuple(path, query).map(([where, what]) => `${where}?${what}`),
      { weight: 2, arbitrary: query.map((what) => `/socket.io/?${what}`) },
      { weight: 2, arbitrary: fc.constant('/auth/guest') },
    ),
    headers: fc.array(header, { maxLength: 4 }),
    body,
  })
  .map(({ method, target, headers, body: sent }) => {
    const bytes = method === 'GET' ? Buffer.alloc(0) : Buffer.from(sent as string)
    const lines = [`${method} ${target.replace(/[^\x21-\x7e]/g, '')} HTTP/1.1`, 'Host: x', ...headers]
    return Buffer.concat([
      Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${bytes.length}\r\n\r\n`, 'latin1'),
      bytes,
    ])
  })
