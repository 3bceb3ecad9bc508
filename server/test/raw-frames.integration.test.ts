import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UNLIMITED } from '../local/unlimited.ts'
import { type Attack, attacks } from './attacks.ts'
import { type Measured, NodeProcess } from './node-process.ts'
import { TestClient } from './person.ts'

/** To look further than `npm test` does: FUZZ_SEED=7 FUZZ_TIMES=20 npm test -- raw-frames */
const seed = Number(process.env.FUZZ_SEED ?? 1)
const times = Number(process.env.FUZZ_TIMES ?? 1)
const AT_ONCE = 16
const SECRET = 'nobody else may read this'
/** Statistics and compiled code: 2 to 3 MB, and no more after four times the cases. */
const HEAP_GROWTH_BYTES = 6_000_000
/** A session whose client vanished is noticed after 16 s, and a room without people let go 5 s later. */
const SETTLED_MS = 40_000

let node: NodeProcess
let witness: TestClient
let friend: TestClient
let room: string
let before: Measured
const tokens: string[] = []

beforeAll(async () => {
  const much = '1000000'
  node = await NodeProcess.start({
    ...UNLIMITED,
    GUESTS_PER_SECOND: much,
    APPENDS_PER_SECOND: much,
    APPENDS_BURST: much,
    COMMANDS_PER_SECOND: much,
    COMMANDS_BURST: much,
    CONNECTIONS_PER_USER: much,
    DRAIN_MS: '200',
  })
  witness = await TestClient.connect(node.url, 'Witness')
  friend = await TestClient.connect(node.url, 'Friend', { transports: ['polling'] })
  ;({ room } = await witness.emit('direct:open', { user: friend.user.id }))
  for (const testClient of [witness, friend]) await testClient.emit('room:join', { room })
  await witness.send(room, SECRET)
  for (let i = 0; i < AT_ONCE; i++) {
    const stranger = await TestClient.connect(node.url, `Stranger ${i}`)
    tokens.push(stranger.token)
    stranger.close()
  }
  // A little of everything, so that what is compiled on the way is not taken for what is kept.
  for (const attack of attacks) await volley(attack, attack.count / 10, seed + 1)
  before = await node.measure()
}, 60_000)

afterAll(async () => {
  TestClient.disconnectAll()
  await node.stop()
})

/** Makes up so many and fires them, several at once. */
async function volley({ volleys }: Attack, count: number, from: number): Promise<void> {
  const queue = fc.sample(volleys, { numRuns: count, seed: from })
  const fire = async (token: string) => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      try {
        expect(await next.fire({ port: node.port, token })).not.toContain(SECRET)
      } catch (cause) {
        queue.length = 0
        const made = fc.stringify(next.made).slice(0, 5_000)
        throw new Error(`seed ${from}: ${made}\n${node.complaints.slice(0, 3).join('\n')}`, { cause })
      }
    }
  }
  await Promise.all(tokens.map(fire))
}

test.each(attacks)(
  '$what: each gets the answers it is owed, and nothing else; the node lives',
  async (attack) => {
    await volley(attack, attack.count * times, seed)
    expect(node.complaints.slice(0, 3)).toEqual([])
    await witness.emit('ping', {})
  },
  60_000 * times,
)

test(
  'in the end it is as if nothing had been',
  async () => {
    const settled = async () => {
      const { nodes } = await witness.emit('stats:get', {})
      return nodes[0]?.connections === 2 && nodes[0].rooms === 1
    }
    const deadline = performance.now() + SETTLED_MS
    while (!(await settled())) {
      expect(performance.now()).toBeLessThan(deadline)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const after = await node.measure()
    expect(after.heapBytes - before.heapBytes).toBeLessThan(HEAP_GROWTH_BYTES)
    // The witness's one, and two for polling.
    expect(after.tcp).toBeLessThanOrEqual(3)
    const { seq } = await witness.send(room, 'still here')
    await friend.waitForSeq(room, seq)
    for (const { heard } of [witness, friend]) {
      expect(heard.filter(({ event }) => event === 'session')).toHaveLength(1)
      expect(JSON.stringify(heard)).not.toContain('Stranger')
    }
    expect(friend.entries(room).map(({ text }) => text)).toEqual([SECRET, 'still here'])
  },
  SETTLED_MS + 10_000,
)
