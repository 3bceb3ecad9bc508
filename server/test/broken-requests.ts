import fc from 'fast-check'
import { HANDSHAKE, upgradeRequest as upgrade } from './raw.ts'

const x = (n: number) => 'x'.repeat(n)
const post = (headers: string, rest: string) => `POST /auth/guest HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${rest}`
const webSocketPath = `${HANDSHAKE}websocket`

/** Malformed or final requests, after which the server may close the connection. */
export const lastRequest: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      'GET / HTTP/9.9\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET /\r\n\r\n',
      '\r\n\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\0',
      'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
      'JUNK / HTTP/1.1\r\nHost: x\r\n\r\n',
      'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${x(20_000)}\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: x\r\nX',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n',
      `GET /${x(20_000)} HTTP/1.1\r\n\r\n`,
      post('Content-Length: 100', '{"na'),
      post('Content-Length: -1', ''),
      post('Content-Length: 1\r\nContent-Length: 2', 'xx'),
      post('Content-Length: 9e9', 'x'),
      post('Content-Length: 99999999999999999999', 'x'),
      post('Transfer-Encoding: x', 'x'),
      post('Transfer-Encoding: chunked', '-1\r\n'),
      post('Transfer-Encoding: chunked', 'ffffffffffffffffff\r\nx'),
      post('Transfer-Encoding: chunked\r\nContent-Length: 3', '0\r\n\r\n'),
      post('Transfer-Encoding: chunked', '5\r\n{"na'),
      post('Content-Type: application/json\r\nTransfer-Encoding: chunked', `1;${x(20_000)}\r\n`),
      // Upgrade requests with invalid paths, parameters or headers.
      upgrade('/'),
      upgrade('/socket.io'),
      upgrade('/auth/guest'),
      upgrade('/socket.io/'),
      upgrade('//'),
      upgrade('*'),
      upgrade(`${webSocketPath}&sid=n1.unknown`),
      upgrade(`${HANDSHAKE}polling`),
      upgrade('/socket.io/?EIO=3&transport=websocket'),
      upgrade(`${webSocketPath}&sid=__proto__`),
      upgrade(`${HANDSHAKE}webtransport`),
      upgrade(webSocketPath, 'Origin: http://elsewhere.example\r\n'),
      upgrade(webSocketPath, 'Origin: \x80\r\n'),
      upgrade(webSocketPath, 'Sec-WebSocket-Protocol: ,;\r\n'),
      upgrade(webSocketPath, 'Sec-WebSocket-Version: 99\r\n'),
      upgrade(webSocketPath).replace(/Key: .*/, 'Key: short'),
      upgrade(webSocketPath).replace(/Sec-WebSocket-Key.*\r\n/, ''),
      upgrade(webSocketPath).replace('GET', 'POST'),
      upgrade(webSocketPath).replace('Upgrade: websocket', 'Upgrade: h2c'),
      upgrade(webSocketPath, 'Sec-WebSocket-Extensions: permessage-deflate; x=\r\n'),
    )
    .map((text) => Buffer.from(text, 'latin1')),
)
