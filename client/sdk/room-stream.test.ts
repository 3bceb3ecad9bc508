import { describe, expect, jest, test } from '@jest/globals'
import type { Output } from '../../protocol/commands.ts'
import type { Entry } from '../../protocol/entry.ts'
import type { Request } from './connection.ts'
import { ChatFault } from './fault.ts'
import { RoomStream } from './room-stream.ts'

const by = { id: 'ada', name: 'Ada' }
const entry = (seq: number): Entry => ({ seq, kind: 'message', room: 'lobby', at: seq, by, text: `${seq}` })
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => entry(first + i))
const live = (...seqs: number[]) => ({ room: 'lobby', epoch: 'e1', entries: seqs.map(entry) })

type Joined = Output<'room:join'>
function answer(first: number, last: number, more: Partial<Joined> = {}): Joined {
  const page = { epoch: 'e1', head: last, entries: upTo(first, last), more: false, truncated: false }
  return { room: 'lobby', ...page, members: [], online: 1, version: 1, ...more }
}

/** A stream whose commands wait for the test to answer them. */
function setUp() {
  const asked: {
    command: string
    input: object
    answer(value: object): Promise<void>
    fail(fault: ChatFault): void
  }[] = []
  const told: (number | string)[] = []
  const request = ((command: string, input: object) =>
    new Promise<object>((resolve, reject) => {
      const settled = (value: object) => {
        resolve(value)
        return new Promise<void>((done) => setImmediate(done))
      }
      asked.push({ command, input, answer: settled, fail: reject })
    })) as unknown as Request
  const stream = new RoomStream('lobby', request, {
    joining: () => {},
    joined: () => {},
    entries: (entries) => void told.push(...entries.map(({ seq }) => seq)),
    reset: () => void told.push('reset'),
    refused: ({ code }) => void told.push(code),
  })
  return { stream, told, asked, last: () => asked[asked.length - 1]! }
}

async function joined(first: number, last: number) {
  const room = setUp()
  void room.stream.join()
  await room.last().answer(answer(first, last))
  return room
}

describe('a room’s stream', () => {
  test('hands over what the join brought, then what comes, each once', async () => {
    const { stream, told } = await joined(4, 6)
    await stream.ready
    stream.take(live(6, 7))
    stream.take(live(8))
    expect(told).toEqual([4, 5, 6, 7, 8])
  })

  test('joins again with what it has', async () => {
    const { stream, told, asked, last } = await joined(4, 6)
    stream.lost()
    void stream.join()
    expect(last()).toMatchObject({ command: 'room:join', input: { room: 'lobby', after: 6, epoch: 'e1' } })
    await last().answer(answer(7, 8))
    expect(told).toEqual([4, 5, 6, 7, 8])
    expect(asked).toHaveLength(2)
  })

  test('an empty room is joined again from its beginning', async () => {
    const { stream, told, last } = await joined(1, 0)
    void stream.join()
    expect(last().input).toEqual({ room: 'lobby', after: 0, epoch: 'e1' })
    await last().answer(answer(1, 2))
    expect(told).toEqual([1, 2])
  })

  test('reads on up to the head before it hands over what came meanwhile', async () => {
    const { stream, told, last } = await joined(1, 1)
    stream.lost()
    void stream.join()
    await last().answer(answer(2, 3, { head: 7, more: true }))
    stream.take(live(8))
    expect(last()).toMatchObject({ command: 'history:read', input: { after: 3 } })
    await last().answer({ epoch: 'e1', head: 8, entries: upTo(4, 5), more: true, truncated: false })
    stream.take(live(9, 10))
    expect(told).toEqual([1, 2, 3, 4, 5])
    await last().answer({ epoch: 'e1', head: 8, entries: upTo(6, 8), more: false, truncated: false })
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('a page without entries ends the reading', async () => {
    const { stream, asked, last } = setUp()
    void stream.join()
    await last().answer(answer(1, 2, { head: 5, more: true }))
    await last().answer({ epoch: 'e1', head: 5, entries: [], more: true, truncated: false })
    await stream.ready
    expect(asked).toHaveLength(2)
  })

  test.each([
    ['entries are gone', answer(20, 21, { truncated: true })],
    ['the log is another one', answer(1, 2, { epoch: 'e2', truncated: true })],
    ['the answer begins behind a hole', answer(9, 10)],
  ])('starts afresh when %s', async (_, fresh) => {
    const { stream, told, last } = await joined(4, 6)
    void stream.join()
    await last().answer(fresh)
    expect(told).toEqual([4, 5, 6, 'reset', ...fresh.entries.map(({ seq }) => seq)])
  })

  test('a lower seq of another epoch is not taken for one already seen', async () => {
    const { stream, told, last } = await joined(4, 6)
    stream.take({ ...live(2), epoch: 'e2' })
    expect(last().command).toBe('room:join')
    await last().answer(answer(1, 2, { epoch: 'e2', truncated: true }))
    expect(told).toEqual([4, 5, 6, 'reset', 1, 2])
  })

  test('joins again at a hole, and hands over nothing from behind it', async () => {
    const { stream, told, last } = await joined(4, 6)
    stream.take(live(7, 9))
    stream.take(live(10))
    expect(told).toEqual([4, 5, 6, 7])
    expect(last()).toMatchObject({ command: 'room:join', input: { after: 7 } })
    await last().answer(answer(8, 9))
    expect(told).toEqual([4, 5, 6, 7, 8, 9, 10])
  })

  test('an answer to an abandoned join is ignored', async () => {
    const { stream, told, asked } = setUp()
    void stream.join()
    stream.lost()
    void stream.join()
    await asked[1]!.answer(answer(1, 2))
    await asked[0]!.answer(answer(1, 5))
    expect(told).toEqual([1, 2])
  })

  test('asks again after a passing fault, when the node said', async () => {
    jest.useFakeTimers()
    const { stream, told, asked, last } = setUp()
    void stream.join()
    last().fail(new ChatFault({ code: 'rate_limited', message: 'Slowly.', retryable: true, retryInMs: 300 }))
    await jest.advanceTimersByTimeAsync(299)
    expect(asked).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(2)
    jest.useRealTimers()
    await last().answer(answer(1, 1))
    expect(told).toEqual([1])
  })

  test.each([
    ['is told to', (stream: RoomStream) => void stream.join()],
    ['sees a hole', (stream: RoomStream) => stream.take(live(8))],
    ['hears of another log', (stream: RoomStream) => stream.take({ ...live(1), epoch: 'e2' })],
  ])('is not in while it joins again because it %s', async (_, begin) => {
    const { stream, last } = await joined(4, 6)
    expect(stream.joined).toBe(true)
    begin(stream)
    expect(stream.joined).toBe(false)
    await last().answer(answer(7, 8))
    expect(stream.joined).toBe(true)
  })

  test('a refusal for good ends it', async () => {
    const { stream, told, last } = setUp()
    void stream.join()
    last().fail(new ChatFault({ code: 'not_admitted', message: 'No.', retryable: false }))
    await expect(stream.ready).rejects.toMatchObject({ code: 'not_admitted' })
    expect(told).toEqual(['not_admitted'])
  })
})
