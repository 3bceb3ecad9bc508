import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

/** The versions that server/stores/redis was written for, and what to compare with a newer version's source. */
const reviewed: Record<string, { version: string; uses: string[] }> = {
  ioredis: {
    version: '6.0.0',
    uses: [
      'connection.ts: Redis.stream is the TCP socket, and there is no time-out between `connect` and `ready`',
      'connection.ts, subscriptions.ts: a reconnect requested in the tick of `connect` emits `end` and stops retrying',
      'connection.ts: maxRetriesPerRequest 0 rejects pending commands when the connection is lost',
      'adapter.ts: resubscribing leaves a refused ssubscribe or sunsubscribe as an unhandled rejection',
    ],
  },
  '@socket.io/redis-adapter': {
    version: '8.3.0',
    uses: ['adapter.ts: the sharded adapter has shouldUseASeparateNamespace, computeChannel, channel and onMessage'],
  },
  'socket.io-adapter': {
    version: '2.5.8',
    uses: [
      'adapter.ts: ClusterAdapter.publish, onMessage, uid, and Adapter.prototype.broadcast delivers on this node only',
    ],
  },
}

test.each(Object.entries(reviewed))('%s is the version that the Redis store was written for', (name, expected) => {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }
  const review =
    version === expected.version
      ? []
      : [`${name} ${version}: re-check these against its source, then update this test`, ...expected.uses]
  expect(review).toEqual([])
})
