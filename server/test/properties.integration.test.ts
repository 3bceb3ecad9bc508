import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import { type CommandName, commands } from '../../protocol/commands.ts'
import { type Answer, Fault } from '../../protocol/faults.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { type Attempt, attempts, strangeAttempts } from './odd-input.ts'
import { TestClient } from './person.ts'

const BATCH = 60
/** 17 commands and unknown names, on both stores: 26 × 60 × 18 × 2 = 56,160 cases. A failure prints its seed. */
const thorough = { numRuns: 26, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true }
const SECRET = 'only visible in the direct room'
const room = 'public'

const names = Object.keys(commands) as CommandName[]
const refused = z.strictObject({ ok: z.literal(false), fault: Fault.strict() })
const accepted = (name: string) =>
  z.strictObject({
    ok: z.literal(true),
    value: Object.hasOwn(commands, name) ? commands[name as CommandName].output : z.never(),
  })

describe.each(stores)('generated input, on the %s store', (store) => {
  let cluster: TestCluster
  let stranger: TestClient
  let witness: TestClient
  let friend: TestClient
  let secretRoom: string
  let known: unknown[]
  let acks = 0

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
    const [one, two] = cluster.urls as [string, string]
    stranger = await TestClient.connect(one, 'Stranger')
    // One on the attacker's node and one on the other.
    witness = await TestClient.connect(one, 'Witness')
    friend = await TestClient.connect(two, 'Friend')
    ;({ room: secretRoom } = await witness.emit('direct:open', { user: friend.user.id }))
    for (const testClient of [witness, friend]) await testClient.emit('room:join', { room: secretRoom })
    const { seq } = await witness.send(secretRoom, SECRET)
    await friend.waitForSeq(secretRoom, seq)
    const { epoch } = await stranger.emit('room:join', { room })
    const { epoch: secretEpoch } = await friend.emit('room:join', { room: secretRoom })
    for (let i = 0; i < 5; i++) await stranger.send(room, `message ${i}`)
    known = [room, 'lobby', 'elsewhere', secretRoom, stranger.user.id, witness.user.id, friend.user.id]
    known.push(epoch, secretEpoch, 1, 2, 3, 4, 5, 6, 10, 'hello', '👍')
    stranger.socket.io.on('packet', ({ type }) => {
      if (type === ACK) acks++
    })
    for (const person of [witness, friend]) person.received.length = 0
  })
  afterAll(() => cluster.close())

  /** Sends all inputs at once and checks every answer. */
  async function holds(batch: Attempt[]): Promise<('ok' | Fault['code'])[]> {
    await stranger.emit('room:join', { room })
    acks = 0
    const asked = batch.filter(({ ack }) => ack)
    const answers = batch.map(async ({ name, args, ack }) => {
      if (ack) return check(name, await stranger.request(name, ...args))
      stranger.socket.emit(name, ...args)
      return 'ok' as const
    })
    const outcomes = await Promise.all(answers)
    await stranger.emit('ping', {})
    // Including the ping's; a duplicate answer would exceed the count here or in the next batch.
    expect(acks).toBe(asked.length + 1)
    return outcomes
  }

  function check(name: string, answer: Answer<unknown>): 'ok' | Fault['code'] {
    expect(JSON.stringify(answer)).not.toContain(SECRET)
    if (answer.ok) {
      accepted(name).parse(answer)
      return 'ok'
    }
    const { code } = refused.parse(answer).fault
    expect(code).not.toBe('unavailable')
    return code
  }

  test.each(names)('%s is answered once, as the protocol says, and reveals nothing private', async (name) => {
    const outcomes = new Set<string>()
    const batches = fc.asyncProperty(
      fc.array(attempts(name, known), { minLength: BATCH, maxLength: BATCH }),
      async (batch) => {
        for (const outcome of await holds(batch)) outcomes.add(outcome)
      },
    )
    await fc.assert(batches, thorough)
    // Otherwise the generator would not produce valid inputs.
    expect([...outcomes]).toEqual(expect.arrayContaining(['ok', 'bad_input']))
  })

  test('unknown commands are answered once, with a fault', async () => {
    const batches = fc.asyncProperty(
      fc.array(strangeAttempts, { minLength: BATCH, maxLength: BATCH }),
      async (batch) => {
        const codes = await holds(batch)
        batch.forEach(({ ack }, i) => {
          if (ack) expect(codes[i]).toBe('unknown_command')
        })
      },
    )
    await fc.assert(batches, thorough)
  })

  test('other clients are not affected, and the nodes log no error', async () => {
    expect(JSON.stringify(stranger.received)).not.toContain(SECRET)
    for (const { received } of [witness, friend]) {
      // Any user may open a direct room with any other; the other is notified once.
      const news = received.filter(({ event }) => event === 'direct:news')
      expect(news.length).toBeLessThanOrEqual(1)
      const others = received.filter((each) => !news.includes(each))
      expect(others.filter(({ event }) => event !== 'presence')).toEqual([])
      expect(JSON.stringify(others)).not.toContain(stranger.user.id)
    }
    const { seq } = await witness.send(secretRoom, 'still here')
    await friend.waitForSeq(secretRoom, seq)
    const { entries } = await friend.emit('history:read', { room: secretRoom })
    expect(entries.map(({ text }) => text)).toEqual([SECRET, 'still here'])
    const { members } = await friend.emit('members:read', { room: secretRoom })
    expect(members).toHaveLength(2)
    // Also for commands without an acknowledgement.
    expect(await cluster.metrics.registry.metrics()).not.toContain('code="unavailable"')
  })
})

/** socket.io-protocol, "Packet types". */
const ACK = 3
