import { expect, test } from '@jest/globals'
import { freePort } from '../../server/local/free-port.ts'
import { startCluster } from '../../server/test/cluster.ts'
import { home, Pipe } from './test-terminal.ts'

test('every scene of the demo succeeds', async () => {
  const cluster = await startCluster({ nodes: 1, store: 'embedded' })
  const own = home()
  try {
    const { code, stdout } = await new Pipe(['demo', '--url', cluster.urls[0]!], { env: own.env }).ended
    expect(stdout).not.toContain('✗')
    expect(stdout).toMatch(/13 of 13 scenes passed in/)
    expect(code).toBe(0)
  } finally {
    await cluster.close()
    own.close()
  }
}, 60_000)

test('without a server, the demo exits with code 3', async () => {
  const own = home()
  const url = `http://127.0.0.1:${await freePort()}`
  const { code, stderr } = await new Pipe(['demo', '--url', url, '--timeout', '0.5'], { env: own.env }).ended
  own.close()
  expect(code).toBe(3)
  expect(stderr).toContain(`No response from ${url}`)
})
