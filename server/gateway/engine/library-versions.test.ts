import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

/** The versions that server/gateway/engine was written for, and what to compare with a newer version's source. */
const reviewed: Record<string, { version: string; uses: string[] }> = {
  'socket.io': {
    version: '4.8.4',
    uses: [
      'release-handshake.ts: nothing reads socket.handshake or socket.request after the `connection` event',
      'inbound.ts: a command is emitted within the event-loop turn in which its packet was read',
    ],
  },
  'socket.io-adapter': {
    version: '2.5.8',
    uses: [
      'frames.ts: Adapter._encode fills options.wsPreEncodedFrame with [header, payload]',
      'server-side-emit.ts: Adapter.serverSideEmit returns a promise that rejects when it cannot publish',
    ],
  },
  'engine.io': {
    version: '6.6.11',
    uses: [
      'heartbeats.ts: Socket.pingIntervalTimer, pingTimeoutTimer, hasRefreshedPingTimeout, sendPacket, onClose',
      'inbound.ts: Transport.onPacket, the `packet` event of a transport, WebSocket.socket, Socket.readyState',
      'sessions.ts: Socket.id, writeBuffer, the `upgrading` and `packetCreate` events, generateId, handleUpgrade',
      'release-handshake.ts: nothing reads Socket.request after the handshake',
      '../room/backpressure.ts: `packetCreate` for every queued packet, `drain` when the transport has written all of them',
    ],
  },
  ws: {
    version: '8.21.3',
    uses: [
      'deferred-close-socket.ts: ws calls close() on itself for a close frame and for a protocol violation',
      'deferred-close-socket.ts: only ws listens for `end` of the TCP socket',
      'frames.ts and heartbeats.ts: a pre-encoded frame is written as it is',
    ],
  },
}

test.each(Object.entries(reviewed))('%s is the version that the engine folder was written for', (name, expected) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }
  const review =
    version === expected.version
      ? []
      : [`${name} ${version}: re-check these against its source, then update this test`, ...expected.uses]
  expect(review).toEqual([])
})
