import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'

const readme = readFileSync('client/sdk/README.md', 'utf8')
const [, example = ''] = /^```js\n(.*?)^```/ms.exec(readme) ?? []

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, store: 'embedded' })
})
afterAll(() => cluster.close())

test('the example in the README has fifteen lines and runs against the build', async () => {
  expect(example.trim().split('\n')).toHaveLength(15)
  const env = { ...process.env, HUBBUB_URL: cluster.urls[1] }
  const args = ['--input-type=module', '--eval', example]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 15_000 })
  const lines = stdout.trim().split('\n')
  expect(lines).toEqual(
    expect.arrayContaining(['* live n2', '* 1 in lobby', '1 message Ada Hello!', '2 edit Ada Hello, everybody!']),
  )
  expect(lines.at(-1)?.trim()).toBe('* offline')
})
