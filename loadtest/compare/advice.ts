import { both, type Findings, type Rate, said, sentences, times } from './findings.ts'

const CHAT: Rate = { size: 50, rate: 0.2 }
const QUIET: Rate = { size: 2, rate: 0.02 }
const BUSY: Rate = { size: 50, rate: 1 }
const FAR = '200 ms'

/** Recommendations with the figures that support them. */
export const advice = (findings: Findings): string => `### For a chat: WebSocket, begun by polling

Let the stock client do what it does by itself: begin by polling and upgrade. Everybody gets in at once, whatever stands
between; whoever can have a WebSocket is on it within a moment, and from then on pays nothing for what was chosen. Only
where every network is known, and the first second matters, begin with a WebSocket.

${sentences(
  both(findings.talk('polling', CHAT), findings.talk('websocket', CHAT), 'bytes', (polling, webSocket) => {
    return `In rooms of ${CHAT.size} where each says ${CHAT.rate} messages a second, a message that somebody hears is ${said(polling, 'bytes')} by long-polling and ${said(webSocket, 'bytes')} by WebSocket (${times(polling, webSocket)}), both directions and every header counted.`
  }),
  both(findings.talk('polling', CHAT), findings.talk('websocket', CHAT), 'serverMicros', (polling, webSocket) => {
    return `It takes nodes and nginx ${said(polling, 'µs', 1)} and ${said(webSocket, 'µs', 1)} of processor time (${times(polling, webSocket)}).`
  }),
  both(findings.talk('polling', CHAT), findings.talk('websocket', CHAT), 'p99', (polling, webSocket) => {
    return `Of a hundred messages, 99 are there within ${said(polling, 'ms', 1)} and ${said(webSocket, 'ms', 1)}.`
  }),
  both(findings.arrive('upgraded'), findings.arrive('websocket'), 'firstMs', (upgraded, webSocket) => {
    return `Who begins by polling hears the first message after ${said(upgraded, 'ms')}, who begins with a WebSocket after ${said(webSocket, 'ms')}; on this machine, where a round trip is nothing.`
  }),
  both(findings.arrive('upgraded', FAR), findings.arrive('websocket', FAR), 'firstMs', (upgraded, webSocket) => {
    return `With ${FAR} of round trip it is ${said(upgraded, 'ms')} and ${said(webSocket, 'ms')}.`
  }),
)}

### For a notifications API: what connections cost at rest decides

Little is said, and most connections only wait, so look at the table [At rest](#at-rest) and not at the messages. A
waiting poll is an open connection like a WebSocket, with a heartbeat that carries all headers. What polling gives in
return: each answer is an ordinary HTTP response, which every client, proxy and log understands. For a server that
sends rarely, to clients that you do not write, that can be worth it; for your own page it is not.

${sentences(
  both(findings.idle('polling'), findings.idle('websocket'), 'bytesPerMinute', (polling, webSocket) => {
    return `A minute of waiting is ${said(polling, 'bytes')} by long-polling and ${said(webSocket, 'bytes')} by WebSocket (${times(polling, webSocket)}).`
  }),
  both(findings.idle('polling'), findings.idle('websocket'), 'nodesMicrosPerMinute', (polling, webSocket) => {
    return `It costs the nodes ${said(polling, 'µs')} and ${said(webSocket, 'µs')} of processor time (${times(polling, webSocket)}).`
  }),
  both(findings.idle('polling'), findings.idle('websocket'), 'rssBytes', (polling, webSocket) => {
    return `A connection at rest takes ${said(kilo(polling), 'kB', 1)} and ${said(kilo(webSocket), 'kB', 1)} of a node's memory.`
  }),
  both(findings.talk('polling', QUIET), findings.talk('websocket', QUIET), 'p50', (polling, webSocket) => {
    return `Where two people say something once in a minute, half of the messages are there within ${said(polling, 'ms', 1)} and ${said(webSocket, 'ms', 1)}.`
  }),
)}

### Behind a hostile proxy: polling, and nothing has to be configured

Proxies that do not know \`Upgrade\`, cut what is silent for a minute, or hold back an answer until it is whole, all let a
poll pass: it is a request with a length and an answer with one, at the latest every ten seconds. A client that begins
by polling stays there when its WebSocket is refused, and nobody notices. What is bought with it is one round trip more
for every message that comes while the last answer is still on its way, and the headers.

${sentences(
  both(
    findings.talk('polling', BUSY, { link: FAR }),
    findings.talk('websocket', BUSY, { link: FAR }),
    'p50',
    (polling, webSocket) => {
      return `Behind ${FAR} of round trip, in a room of ${BUSY.size} where each says a message a second, half of the messages are there within ${said(polling, 'ms')} by long-polling and ${said(webSocket, 'ms')} by WebSocket.`
    },
  ),
  both(
    findings.talk('polling', BUSY, { link: FAR }),
    findings.talk('polling', BUSY),
    'messagesPerPoll',
    (far, near) => {
      return `An answer then brings ${said(far, 'messages', 1)} at once, instead of ${near.median.toFixed(1)} on this machine: that is how polling keeps up.`
    },
  ),
  both(findings.arrive('polling', FAR), findings.arrive('upgraded', FAR), 'firstMs', (polling, upgraded) => {
    return `The first message is there after ${said(polling, 'ms')} for who stays with polling, and ${said(upgraded, 'ms')} for who upgrades.`
  }),
)}`

const kilo = (spread: Parameters<typeof said>[0]) => ({ ...spread, median: spread.median / 1e3 })
