import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { startCluster, type TestCluster } from '../../server/test/cluster.ts'
import { ChatClient } from '../sdk/client.ts'
import { home, TestTerminal } from './test-terminal.ts'

jest.setTimeout(120_000)

let cluster: TestCluster
let own: ReturnType<typeof home>
const open: { close(): unknown }[] = []

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, store: 'embedded' })
  own = home()
})
afterAll(async () => {
  await cluster.close()
  own.close()
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function sits(
  room: string,
  { env = {}, ...size }: { env?: NodeJS.ProcessEnv; columns?: number; rows?: number } = {},
) {
  const args = ['--url', cluster.urls[0]!, '--name', 'Ada', '--room', room, '--fresh']
  const testTerminal = new TestTerminal(args, { ...own.env, ...env }, size)
  open.push(testTerminal)
  await testTerminal.waitFor((now) => now.prompt.startsWith(`#${room}>`) && now.status.includes('1 here'))
  return testTerminal
}

async function bobIn(room: string): Promise<ChatClient> {
  const bob = new ChatClient({ url: cluster.urls[1]!, name: 'Bob' })
  open.push(bob)
  bob.connect()
  await bob.join(room)
  return bob
}

test('lines scroll above the prompt while something is typed, and what is typed stays whole', async () => {
  const seat = await sits('still', { rows: 12 })
  const bob = await bobIn('still')
  seat.type('half a sentence')
  await seat.waitFor((now) => now.prompt === '#still> half a sentence')
  for (let i = 1; i <= 30; i++) await bob.send('still', `line ${i}`)
  await seat.waitFor('#30 Bob: line 30')
  seat.type(' and its end')
  await seat.waitFor(
    ({ prompt, cursor, status }) =>
      prompt === '#still> half a sentence and its end' &&
      cursor === prompt.length &&
      /^n1 by websocket · 2 here/.test(status),
  )
  const said = seat.lines.filter((line) => /#\d+ Bob/.test(line)).map((line) => line.slice(6))
  expect(said).toEqual(Array.from({ length: 30 }, (_, i) => `#${i + 1} Bob: line ${i + 1}`))
  // Neither the prompt nor the status line was left behind anywhere.
  expect(seat.lines.filter((line) => /^#still>/.test(line))).toHaveLength(1)
  expect(seat.lines.filter((line) => /^n1 by/.test(line))).toHaveLength(1)
  seat.type('\r')
  await seat.waitFor('#31 Ada: half a sentence and its end')
  expect(seat.text).toContain('#30 Bob: line 30')
})

test('wide characters, a line of several rows, and a cursor in its middle do not break it', async () => {
  const seat = await sits('wide', { columns: 40, rows: 16 })
  const bob = await bobIn('wide')
  const text = '日本語のテキストです and then some more of it that needs rows'
  seat.type(text)
  await seat.waitFor((now) => now.text.replaceAll('\n', '').includes(text))
  seat.type('\x1b[D'.repeat(4))
  await bob.send('wide', '🦄'.repeat(30))
  await seat.waitFor(/#1 Bob: 🦄/)
  seat.type('ROWS: ')
  await seat.waitFor((now) => now.text.replaceAll('\n', '').includes('that needs ROWS: rows'))
  seat.type('\r')
  await seat.waitFor((now) =>
    /#2 Ada: 日本語のテキストです and then some more of it that needs ROWS: rows/.test(now.text.replaceAll('\n', '')),
  )
  await seat.waitFor((now) => now.prompt === '#wide>')
  expect(seat.lines.filter((line) => line.startsWith('#wide>'))).toHaveLength(1)
  expect(seat.text.match(/🦄/gu)).toHaveLength(30)
})

test('a window of another size has a prompt at its end, and has lost nothing', async () => {
  const seat = await sits('window', { columns: 80, rows: 20 })
  const bob = await bobIn('window')
  for (let i = 1; i <= 5; i++) await bob.send('window', `line ${i}`)
  await seat.waitFor('#5 Bob: line 5')
  seat.type('I type')
  await seat.waitFor('#window> I type')
  for (const [columns, rows] of [
    [44, 12],
    [110, 30],
  ] as const) {
    seat.resize(columns, rows)
    await bob.send('window', `at ${columns}`)
    await seat.waitFor(`Bob: at ${columns}`)
    seat.type('+')
    await seat.waitFor((now) => now.prompt.endsWith(`+`) && now.cursor === now.prompt.length)
    seat.type('\x7f')
    await seat.waitFor((now) => now.prompt === '#window> I type' && now.cursor === now.prompt.length)
  }
  for (let i = 1; i <= 5; i++) expect(seat.text.split(`Bob: line ${i}`)).toHaveLength(2)
  expect(seat.lines.filter((line) => line.startsWith('#window>'))).toHaveLength(1)
})

test('Up brings back what was typed; Ctrl-C drops the line, and twice ends', async () => {
  const seat = await sits('keys')
  seat.enter('first')
  seat.enter('second')
  await seat.waitFor('#2 Ada: second')
  seat.type('\x1b[A\x1b[A')
  await seat.waitFor((now) => now.prompt === '#keys> first')
  seat.type('\x1b[B')
  await seat.waitFor((now) => now.prompt === '#keys> second')
  seat.type('\x03')
  await seat.waitFor((now) => now.prompt === '#keys>')
  seat.type('\x03')
  expect(await seat.ended).toBe(0)
  // The bottom is gone, and what was said stays.
  expect(seat.lines.at(-1)).toMatch(/#2 Ada: second$/)
})

test('Ctrl-D ends, and so does /exit', async () => {
  for (const keys of ['\x04', '/exit\r']) {
    const seat = await sits('leave')
    seat.type(keys)
    expect(await seat.ended).toBe(0)
    await seat.close()
    open.pop()
  }
})

test('a name has a colour of its own, unless there are to be none', async () => {
  const coloured = await sits('colour')
  coloured.enter('hello')
  await coloured.waitFor('#1 Ada: hello')
  expect(coloured.raw).toMatch(/\x1b\[38;5;\d+mAda\x1b\[39m/)
  const plain = await sits('plain', { env: { NO_COLOR: '1' } })
  plain.enter('hello')
  await plain.waitFor('#1 Ada: hello')
  expect(plain.raw).not.toMatch(/\x1b\[[\d;]*m/)
})
