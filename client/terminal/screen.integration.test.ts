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

async function openTerminal(
  room: string,
  { env = {}, ...size }: { env?: NodeJS.ProcessEnv; columns?: number; rows?: number } = {},
) {
  const args = ['--url', cluster.urls[0]!, '--name', 'Ada', '--room', room, '--fresh']
  const terminal = new TestTerminal(args, { ...own.env, ...env }, size)
  open.push(terminal)
  await terminal.waitFor((now) => now.prompt.startsWith(`#${room}>`) && now.status.includes('1 online'))
  return terminal
}

async function bobJoins(room: string): Promise<ChatClient> {
  const bob = new ChatClient({ url: cluster.urls[1]!, name: 'Bob' })
  open.push(bob)
  bob.connect()
  await bob.join(room)
  return bob
}

test('messages scroll above the prompt without disturbing the input', async () => {
  const terminal = await openTerminal('still', { rows: 12 })
  const bob = await bobJoins('still')
  terminal.type('half a sentence')
  await terminal.waitFor((now) => now.prompt === '#still> half a sentence')
  for (let i = 1; i <= 30; i++) await bob.send('still', `line ${i}`)
  await terminal.waitFor('#30 Bob: line 30')
  terminal.type(' and its end')
  await terminal.waitFor(
    ({ prompt, cursor, status }) =>
      prompt === '#still> half a sentence and its end' &&
      cursor === prompt.length &&
      /^n1 over websocket · 2 online/.test(status),
  )
  const printed = terminal.lines.filter((line) => /#\d+ Bob/.test(line)).map((line) => line.slice(6))
  expect(printed).toEqual(Array.from({ length: 30 }, (_, i) => `#${i + 1} Bob: line ${i + 1}`))
  // No copy of the prompt or the status line remains.
  expect(terminal.lines.filter((line) => /^#still>/.test(line))).toHaveLength(1)
  expect(terminal.lines.filter((line) => /^n1 over/.test(line))).toHaveLength(1)
  terminal.type('\r')
  await terminal.waitFor('#31 Ada: half a sentence and its end')
  expect(terminal.text).toContain('#30 Bob: line 30')
})

test('supports wide characters, input of several rows, and a cursor in its middle', async () => {
  const terminal = await openTerminal('wide', { columns: 40, rows: 16 })
  const bob = await bobJoins('wide')
  const text = '日本語のテキストです and then some more of it that needs rows'
  terminal.type(text)
  await terminal.waitFor((now) => now.text.replaceAll('\n', '').includes(text))
  terminal.type('\x1b[D'.repeat(4))
  await bob.send('wide', '🦄'.repeat(30))
  await terminal.waitFor(/#1 Bob: 🦄/)
  terminal.type('ROWS: ')
  await terminal.waitFor((now) => now.text.replaceAll('\n', '').includes('that needs ROWS: rows'))
  terminal.type('\r')
  await terminal.waitFor((now) =>
    /#2 Ada: 日本語のテキストです and then some more of it that needs ROWS: rows/.test(now.text.replaceAll('\n', '')),
  )
  await terminal.waitFor((now) => now.prompt === '#wide>')
  expect(terminal.lines.filter((line) => line.startsWith('#wide>'))).toHaveLength(1)
  expect(terminal.text.match(/🦄/gu)).toHaveLength(30)
})

test('redraws the prompt after a resize, and loses no lines', async () => {
  const terminal = await openTerminal('window', { columns: 80, rows: 20 })
  const bob = await bobJoins('window')
  for (let i = 1; i <= 5; i++) await bob.send('window', `line ${i}`)
  await terminal.waitFor('#5 Bob: line 5')
  terminal.type('I type')
  await terminal.waitFor('#window> I type')
  for (const [columns, rows] of [
    [44, 12],
    [110, 30],
  ] as const) {
    terminal.resize(columns, rows)
    await bob.send('window', `at ${columns}`)
    await terminal.waitFor(`Bob: at ${columns}`)
    terminal.type('+')
    await terminal.waitFor((now) => now.prompt.endsWith(`+`) && now.cursor === now.prompt.length)
    terminal.type('\x7f')
    await terminal.waitFor((now) => now.prompt === '#window> I type' && now.cursor === now.prompt.length)
  }
  for (let i = 1; i <= 5; i++) expect(terminal.text.split(`Bob: line ${i}`)).toHaveLength(2)
  expect(terminal.lines.filter((line) => line.startsWith('#window>'))).toHaveLength(1)
})

test('Up recalls earlier input; Ctrl-C clears the line, twice quits', async () => {
  const terminal = await openTerminal('keys')
  terminal.enter('first')
  terminal.enter('second')
  await terminal.waitFor('#2 Ada: second')
  terminal.type('\x1b[A\x1b[A')
  await terminal.waitFor((now) => now.prompt === '#keys> first')
  terminal.type('\x1b[B')
  await terminal.waitFor((now) => now.prompt === '#keys> second')
  terminal.type('\x03')
  await terminal.waitFor((now) => now.prompt === '#keys>')
  terminal.type('\x03')
  expect(await terminal.ended).toBe(0)
  // The prompt is erased, and the messages remain.
  expect(terminal.lines.at(-1)).toMatch(/#2 Ada: second$/)
})

test('Ctrl-D and /exit quit', async () => {
  for (const keys of ['\x04', '/exit\r']) {
    const terminal = await openTerminal('leave')
    terminal.type(keys)
    expect(await terminal.ended).toBe(0)
    await terminal.close()
    open.pop()
  }
})

test('names are colored, unless NO_COLOR is set', async () => {
  const colored = await openTerminal('colour')
  colored.enter('hello')
  await colored.waitFor('#1 Ada: hello')
  expect(colored.raw).toMatch(/\x1b\[38;5;\d+mAda\x1b\[39m/)
  const plain = await openTerminal('plain', { env: { NO_COLOR: '1' } })
  plain.enter('hello')
  await plain.waitFor('#1 Ada: hello')
  expect(plain.raw).not.toMatch(/\x1b\[[\d;]*m/)
})
