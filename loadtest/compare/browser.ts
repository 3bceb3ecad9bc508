import type { BrowserWords, Target } from '../clients/transport.ts'

const AGENT =
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n'
const TASTE = 'Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n'
const FETCHED = 'Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n'
const HINTS =
  'sec-ch-ua-platform: "Linux"\r\nsec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"\r\nsec-ch-ua-mobile: ?0\r\n'

/**
 * Headers that Chromium 156 sends with the requests of Engine.IO's client to a local server, besides those the
 * transport writes itself: for a poll, a post and a WebSocket upgrade. No cookies, no TLS.
 */
export function browserWords({ host, port }: Target): BrowserWords {
  const origin = `http://${host}:${port}`
  const poll = `Connection: keep-alive\r\n${HINTS}${AGENT}Accept: */*\r\n${FETCHED}Referer: ${origin}/\r\n${TASTE}`
  return {
    poll,
    post: `Origin: ${origin}\r\n${poll}`,
    upgrade:
      `Pragma: no-cache\r\nCache-Control: no-cache\r\n${AGENT}Origin: ${origin}\r\n${TASTE}` +
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n',
    // engine.io-client adds an eight-character unique value to each poll to bypass caches.
    query: '&t=abcd0123',
  }
}
