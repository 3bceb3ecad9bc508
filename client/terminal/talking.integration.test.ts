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

async function openTerminal(name: string, node: 0 | 1, ...rooms: string[]): Promise<TestTerminal> {
  const args = ['--url', cluster.urls[node]!, '--name', name, ...rooms.flatMap((room) => ['--room', room])]
  const terminal = new TestTerminal([...args, '--fresh'], own.env, { columns: 100, rows: 40 })
  open.push(terminal)
  await terminal.waitFor((now) => now.prompt.startsWith(`#${rooms[0]}>`) && /\d online/.test(now.status))
  return terminal
}

test('two terminals on two nodes send, reply, edit, react and delete', async () => {
  const ada = await openTerminal('Ada', 0, 'talk')
  const bob = await openTerminal('Bob', 1, 'talk')
  await ada.waitFor('· Bob joined')
  bob.type('Hello')
  await ada.waitFor((now) => now.status.endsWith('Bob is typing…'))
  bob.enter(', Ada')
  await ada.waitFor('#1 Bob: Hello, Ada')
  await ada.waitFor((now) => !now.status.includes('typing'))
  ada.enter('Helo yourself')
  await bob.waitFor('#2 Ada: Helo yourself')
  ada.enter('/edit Hello yourself')
  await bob.waitFor('Ada edited #2: Hello yourself')
  bob.enter('/react 👍')
  await ada.waitFor('Bob reacted 👍 to #2 “Hello yourself”')
  bob.enter('/react 2 👍')
  await ada.waitFor('Bob removed 👍 from #2')
  bob.enter('/reply #2 So do I')
  await ada.waitFor(/#6 Bob: ↳ #2 So do I/)
  bob.enter('/delete 1')
  await ada.waitFor('Bob deleted #1')
  bob.enter('/delete 2')
  await bob.waitFor('! Not sent: /delete 2')
  ada.enter('//join is a command')
  await bob.waitFor('Ada: /join is a command')
  // A user who joins later sees the folded messages.
  const cyd = await openTerminal('Cyd', 1, 'talk')
  await cyd.waitFor('#1 Bob: (deleted)')
  await cyd.waitFor('#2 Ada: Hello yourself (edited)')
  bob.enter('/exit')
  expect(await bob.ended).toBe(1)
  await ada.waitFor(/· (Cyd joined, )?Bob left/)
})

test('Tab completes commands, rooms and names with spaces; /msg sends a direct message', async () => {
  const ada = await openTerminal('Ada', 0, 'zebra', 'zebrafish')
  const bob = await openTerminal('Bob Ross', 1, 'zebra')
  const cyd = await openTerminal('Cyd', 1, 'zebra')
  await ada.waitFor('Cyd')
  await ada.complete('/ms', '> /msg')
  await ada.complete('b', '> /msg "Bob Ross"')
  ada.enter('psst')
  await bob.waitFor('[@Ada] Ada: psst')
  await ada.waitFor('[@Bob Ross] Ada: psst')
  bob.enter('/join @Ada')
  await bob.waitFor((now) => now.prompt === '@Ada>')
  bob.enter('what is it?')
  await ada.waitFor('[@Bob Ross] Bob Ross: what is it?')
  cyd.enter('something else')
  await ada.waitFor('Cyd: something else')
  expect(cyd.text).not.toContain('psst')
  // Two rooms match: the common prefix, then the list, then the single match.
  await ada.complete('/join z', '> /join zebra')
  ada.type('\t')
  await ada.waitFor(/^ {2}zebra {2}zebrafish$/m)
  await ada.complete('f', '> /join zebrafish')
  ada.type('\r')
  await ada.waitFor((now) => now.prompt === '#zebrafish>')
  cyd.enter('are you there?')
  await ada.waitFor((now) => now.status.includes('1 new in #zebra'))
  ada.enter('/join zebra')
  await ada.waitFor('Cyd: are you there?')
  await ada.waitFor((now) => !now.status.includes('new in'))
})

test('the other commands print their results', async () => {
  const ada = await openTerminal('Ada', 0, 'rest', 'rest-2')
  const bob = await openTerminal('Bob', 1, 'rest')
  bob.enter('/status away')
  await bob.waitFor('you are away')
  ada.enter('/who')
  await ada.waitFor(/^ {3}Bob away$/m)
  await ada.waitFor(/^ {3}Ada \(you\)$/m)
  ada.enter('/broadcast to all of you')
  await ada.waitFor('sent to 2 of 2 rooms: #rest #rest-2')
  await bob.waitFor('Ada: to all of you')
  ada.enter('/rooms')
  await ada.waitFor(/^ \* #rest {2}2 online {2}Ada: to all of you$/m)
  await ada.waitFor(/^ \+ #rest-2 {2}1 online/m)
  ada.enter('/ping')
  await ada.waitFor(/· \d+\.\d ms round trip to n1 over websocket/)
  ada.enter('/transport polling')
  await ada.waitFor('connected to n1 over polling')
  ada.enter('/stats')
  await ada.waitFor(/^n2 +\d/m)
  ada.enter('/help')
  await ada.waitFor('/broadcast TEXT')
  ada.enter('/leave rest-2')
  await ada.waitFor('you left #rest-2')
  ada.enter('/nonsense')
  await ada.waitFor('! Unknown command /nonsense. Type /help for a list.')
  ada.enter('/edit 99 x')
  await ada.waitFor('! Message #99 was not found.')
  ada.enter('/join direct:a:b')
  await ada.waitFor(/^! /m)
  await ada.waitFor((now) => now.prompt === '#rest>')
})

test('control sequences in messages are displayed, not executed', async () => {
  const ada = await openTerminal('Ada', 0, 'hostile')
  const mallory = new ChatClient({ url: cluster.urls[1]!, name: 'Mallory' })
  open.push(mallory)
  mallory.connect()
  await mallory.join('hostile')
  const { seq } = await mallory.send('hostile', '\x1b[2J\x1b[H\x1b]0;gotcha\x07\x9b5mblink\u202Eesrever')
  await mallory.send('hostile', 'innocent\n14:03 #99 Bob: I am not Bob')
  await mallory.react('hostile', seq, '\u202E!')
  await ada.waitFor('reacted ! to #1')
  await ada.waitFor('#1 Mallory: ␛[2J␛[H␛]0;gotcha␇�5mblinkesrever')
  await ada.waitFor(/^ {6}│ 14:03 #99 Bob: I am not Bob$/m)
  expect(ada.raw).not.toMatch(/\x1b\[2J|\x1b\]0|\x07|\x9b|\u202e/)
})
