import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningCluster, startCluster } from '../../server/local/cluster.ts'
import { home, Pipe, TestTerminal } from './test-terminal.ts'

let cluster: RunningCluster
let own: ReturnType<typeof home>

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, host: '127.0.0.1', restart: false, env: { LOG_LEVEL: 'error' } })
  own = home()
}, 60_000)
afterAll(async () => {
  await cluster.stop()
  own.close()
})

test('after the node is killed, messages wait and are sent through another node', async () => {
  const terminal = new TestTerminal(['--url', cluster.url, '--name', 'Ada', '--room', 'lost'], own.env, {
    columns: 100,
    rows: 30,
  })
  try {
    let name = ''
    await terminal.waitFor((now) => {
      name = /^(n\d) over websocket · 1 online/.exec(now.status)?.[1] ?? ''
      return name !== ''
    })
    terminal.enter('before')
    await terminal.waitFor('#1 Ada: before')
    cluster.nodes.find((node) => node.name === name)!.kill('SIGKILL')
    await terminal.waitFor('! Connection lost. Your messages will be sent when it is back.')
    terminal.enter('meanwhile')
    await terminal.waitFor('#2 Ada: meanwhile')
    const other = name === 'n1' ? 'n2' : 'n1'
    await terminal.waitFor(`reconnected to ${other}; no messages were missed`)
    await terminal.waitFor((now) => now.status.startsWith(`${other} over `))

    // A pipe reconnects, too. Then the last node is killed.
    const pipe = new Pipe(['--url', cluster.url, '--name', 'Bob', '--room', 'lost', '--timeout', '2'], {
      env: own.env,
      open: true,
    })
    pipe.write('from a pipe\n')
    await pipe.waitForOutput('#3 Bob: from a pipe')
    // This entry arrives after the acknowledgement of the terminal's own message on the same connection. Without that,
    // the message would be counted as unsent below.
    await terminal.waitFor('#3 Bob: from a pipe')
    cluster.nodes.find((node) => node.name === other)!.kill('SIGKILL')
    await pipe.waitForOutput('Connection lost. Input is queued until it is back.')
    pipe.write('to nobody\n')
    pipe.child.stdin!.end()
    expect(await pipe.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Not sent: to nobody') })

    await terminal.waitFor((now) => now.lines.filter((line) => line.startsWith('! Connection lost.')).length === 2)
    terminal.enter('into the void')
    await terminal.waitFor((now) => now.status.includes('1 unsent'))
    terminal.type('\x04')
    expect(await terminal.ended).toBe(1)
    expect(terminal.lines.at(-1)).toBe('! Not sent: into the void')
  } finally {
    await terminal.close()
  }
}, 120_000)
