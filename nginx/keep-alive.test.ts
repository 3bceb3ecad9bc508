import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { KEEP_ALIVE_MS, PING_INTERVAL_MAX_MS } from '../protocol/limits.ts'

test('nginx closes idle connections before a node does, and neither closes them between two polls', () => {
  const script = readFileSync(new URL('edge.sh', import.meta.url), 'utf8')
  const edgeMs = Number(/keepalive_timeout (\d+)s/.exec(script)?.[1]) * 1_000
  expect(edgeMs).toBeGreaterThan(PING_INTERVAL_MAX_MS)
  expect(KEEP_ALIVE_MS).toBeGreaterThanOrEqual(edgeMs + 2_000)
})
