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

test('the node is killed: what is said meanwhile waits, and is sent when one is connected elsewhere', async () => {
  const testTerminal = new TestTerminal(['--url', cluster.url, '--name', 'Ada', '--room', 'lost'], own.env, {
    columns: 100,
    rows: 30,
  })
  try {
    let name = ''
    await testTerminal.waitFor((now) => {
      name = /^(n\d) by websocket · 1 here/.exec(now.status)?.[1] ?? ''
      return name !== ''
    })
    testTerminal.enter('before')
    await testTerminal.waitFor('#1 Ada: before')
    cluster.nodes.find((node) => node.name === name)!.kill('SIGKILL')
    await testTerminal.waitFor('! The connection is lost: what you say waits, and is sent when it is back.')
    testTerminal.enter('meanwhile')
    await testTerminal.waitFor('#2 Ada: meanwhile')
    const other = name === 'n1' ? 'n2' : 'n1'
    await testTerminal.waitFor(`connected again, on ${other}; nothing is missing`)
    await testTerminal.waitFor((now) => now.status.startsWith(`${other} by `))

    // A pipe goes on as well, and then there is nobody left.
    const pipe = new Pipe(['--url', cluster.url, '--name', 'Bob', '--room', 'lost', '--timeout', '2'], {
      env: own.env,
      open: true,
    })
    pipe.write('from a pipe\n')
    await pipe.prints('#3 Bob: from a pipe')
    // Behind the acknowledgement of what was said before, on the same connection: without that it would be counted
    // below.
    await testTerminal.waitFor('#3 Bob: from a pipe')
    cluster.nodes.find((node) => node.name === other)!.kill('SIGKILL')
    await pipe.prints('The connection is lost; what comes in waits.')
    pipe.write('to nobody\n')
    pipe.child.stdin!.end()
    expect(await pipe.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Not sent: to nobody') })

    await testTerminal.waitFor(
      (now) => now.lines.filter((line) => line.startsWith('! The connection is lost')).length === 2,
    )
    testTerminal.enter('into the void')
    await testTerminal.waitFor((now) => now.status.includes('1 waiting to be sent'))
    testTerminal.type('\x04')
    expect(await testTerminal.ended).toBe(1)
    expect(testTerminal.lines.at(-1)).toBe('! Not sent: into the void')
  } finally {
    await testTerminal.close()
  }
}, 120_000)
