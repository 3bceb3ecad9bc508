import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UNLIMITED } from '../local/unlimited.ts'
import { type Attack, attacks } from './attacks.ts'
import { type MemoryUsage, NodeProcess } from './node-process.ts'
import { TestClient } from './person.ts'

/** For a longer run than `npm test`: FUZZ_SEED=7 FUZZ_TIMES=20 npm test -- raw-frames */
const seed = Number(process.env.FUZZ_SEED ?? 1)
const times = Number(process.env.FUZZ_TIMES ?? 1)
const CONCURRENCY = 16
const SECRET = 'only visible in the direct room'
/** Statistics and compiled code account for 2 to 3 MB; four times the cases do not increase this. */
const HEAP_GROWTH_BYTES = 6_000_000
/** A session whose client disappeared is detected after 16 s; an empty room is released 5 s later. */
const SETTLED_MS = 40_000

let node: NodeProcess
let witness: TestClient
let friend: TestClient
let room: string
let before: MemoryUsage
const tokens: string[] = []

beforeAll(async () => {
  const unlimited = '1000000'
  node = await NodeProcess.start({
    ...UNLIMITED,
    GUESTS_PER_SECOND: unlimited,
    APPENDS_PER_SECOND: unlimited,
    APPENDS_BURST: unlimited,
    COMMANDS_PER_SECOND: unlimited,
    COMMANDS_BURST: unlimited,
    CONNECTIONS_PER_USER: unlimited,
    DRAIN_MS: '200',
  })
  witness = await TestClient.connect(node.url, 'Witness')
  friend = await TestClient.connect(node.url, 'Friend', { transports: ['polling'] })
  ;({ room } = await witness.emit('direct:open', { user: friend.user.id }))
  for (const testClient of [witness, friend]) await testClient.emit('room:join', { room })
  await witness.send(room, SECRET)
  for (let i = 0; i < CONCURRENCY; i++) {
    const attacker = await TestClient.connect(node.url, `Attacker ${i}`)
    tokens.push(attacker.token)
    attacker.close()
  }
  // Warm-up with some of every attack, so that compiled code does not count as leaked memory.
  for (const attack of attacks) await runAttack(attack, attack.count / 10, seed + 1)
  before = await node.measure()
}, 60_000)

afterAll(async () => {
  TestClient.disconnectAll()
  await node.stop()
})

/** Generates `count` inputs and runs them with CONCURRENCY sessions. */
async function runAttack({ inputs }: Attack, count: number, from: number): Promise<void> {
  const queue = fc.sample(inputs, { numRuns: count, seed: from })
  const runNext = async (token: string) => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      try {
        expect(await next.run({ port: node.port, token })).not.toContain(SECRET)
      } catch (cause) {
        queue.length = 0
        const input = fc.stringify(next.input).slice(0, 5_000)
        throw new Error(`seed ${from}: ${input}\n${node.errors.slice(0, 3).join('\n')}`, { cause })
      }
    }
  }
  await Promise.all(tokens.map(runNext))
}

test.each(attacks)(
  '$name: every command is answered, and the node keeps running',
  async (attack) => {
    await runAttack(attack, attack.count * times, seed)
    expect(node.errors.slice(0, 3)).toEqual([])
    await witness.emit('ping', {})
  },
  60_000 * times,
)

test(
  'releases all memory, sessions and rooms afterwards',
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
    // One for the witness, and two for the friend’s polling.
    expect(after.tcp).toBeLessThanOrEqual(3)
    const { seq } = await witness.send(room, 'still here')
    await friend.waitForSeq(room, seq)
    for (const { received } of [witness, friend]) {
      expect(received.filter(({ event }) => event === 'session')).toHaveLength(1)
      expect(JSON.stringify(received)).not.toContain('Attacker')
    }
    expect(friend.entries(room).map(({ text }) => text)).toEqual([SECRET, 'still here'])
  },
  SETTLED_MS + 10_000,
)
