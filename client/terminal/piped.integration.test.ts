import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { freePort } from '../../server/local/free-port.ts'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { home, Pipe } from './test-terminal.ts'

jest.setTimeout(120_000)

let cluster: TestCluster
let own: ReturnType<typeof home>

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, store: 'embedded' })
  own = home()
})
afterAll(async () => {
  await cluster.close()
  own.close()
})

const args = (node: number, ...more: string[]) => ['--url', cluster.urls[node]!, ...more]

test('sends each line, prints each entry, and exits when everything is acknowledged', async () => {
  const { env } = own
  const listener = new Pipe(args(1, '--name', 'Bob', '--room', 'pipe', '--json'), { env, open: true })
  listener.write('here I am\n')
  await listener.waitForOutput('here I am')
  const input = ['one', '', '/etc/passwd', 'tab\there'].join('\n')
  const speaker = await new Pipe(args(0, '--name', 'Ada', '--room', 'pipe'), { env, input }).ended
  expect(speaker).toMatchObject({ code: 0, stderr: '' })
  const printed = speaker.stdout.split('\n').map((line) => line.slice('14:03 '.length))
  expect(printed).toEqual(['#2 Ada: one', '#3 Ada: /etc/passwd', '#4 Ada: tab    here', ''])
  await listener.waitForOutput('tab\\there')
  listener.child.stdin!.end()
  const { code, stdout } = await listener.ended
  expect(code).toBe(0)
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.map(({ text }) => text)).toEqual(['here I am', 'one', '/etc/passwd', 'tab\there'])
  expect(entries[1]).toMatchObject({ kind: 'message', seq: 2, room: 'pipe', by: { name: 'Ada' } })
})

test('sends more lines than the pending limit, in order', async () => {
  const numbers = Array.from({ length: 1_200 }, (_, i) => `${i}`)
  const pipe = new Pipe(args(0, '--name', 'Ada', '--room', 'many', '--json'), {
    env: own.env,
    input: numbers.join('\n'),
  })
  const { code, stdout } = await pipe.ended
  expect(code).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).text),
  ).toEqual(numbers)
})

test('the same URL and name sign in as the same guest, unless --fresh is given', async () => {
  const { env, folder } = own
  const sendAs = async (...more: string[]) => {
    const pipe = new Pipe(args(0, '--name', 'Grace Hopper', '--json', ...more), { env, input: 'hello' })
    return JSON.parse((await pipe.ended).stdout).by.id
  }
  const first = await sendAs()
  expect(await sendAs()).toBe(first)
  expect(await sendAs('--fresh')).not.toBe(first)
  const [token] = readdirSync(join(folder, 'hubbub')).filter((file) => file.includes('Grace-Hopper'))
  expect(statSync(join(folder, 'hubbub', token!)).mode & 0o777).toBe(0o600)
})

test('prints rejected messages, and exits with code 1', async () => {
  const input = `${'x'.repeat(4_001)}\nfine\n`
  const { code, stdout, stderr } = await new Pipe(args(0, '--name', 'Ada', '--room', 'refuse'), { env: own.env, input })
    .ended
  expect(code).toBe(1)
  expect(stdout).toContain('Ada: fine')
  expect(stderr).toMatch(/^Not sent: x+… \(.*4000 characters.*\)\n$/)
})

test('exits with 2 for a usage error, 3 without a connection, 4 when access is denied', async () => {
  const { env } = own
  expect(await new Pipe(['--nmae', 'ada'], { env }).ended).toMatchObject({ code: 2, stdout: '' })
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const late = await new Pipe(['--url', nowhere, '--name', 'ada', '--timeout', '0.5'], { env, input: 'hello' }).ended
  expect(late.code).toBe(3)
  expect(late.stderr).toContain(`No response from ${nowhere} within 0.5 s. Is Hubbub running there?`)
  const secret = await new Pipe(args(0, '--name', 'ada', '--room', 'direct:a:b'), { env, input: 'hello' }).ended
  expect(secret.code).toBe(4)
  expect(secret.stderr).toMatch(/^Access denied: /)
})

test('exits on SIGTERM', async () => {
  const pipe = new Pipe(args(0, '--name', 'Ada', '--room', 'end'), { env: own.env, open: true })
  pipe.write('hello\n')
  await pipe.waitForOutput('#1 Ada: hello')
  pipe.child.kill('SIGTERM')
  expect((await pipe.ended).code).toBe(0)
})

test('--help lists every exit code', async () => {
  const { code, stdout } = await new Pipe(['--help'], { env: own.env }).ended
  expect(code).toBe(0)
  for (const word of ['0 success', '1 a message', '2 usage error', '3 no connection', '4 access denied'])
    expect(stdout).toContain(word)
})
