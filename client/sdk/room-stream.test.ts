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

/** A stream whose requests are answered by the test. */
function setUp() {
  const requests: {
    command: string
    input: object
    answer(value: object): Promise<void>
    fail(fault: ChatFault): void
  }[] = []
  const delivered: (number | string)[] = []
  const request = ((command: string, input: object) =>
    new Promise<object>((resolve, reject) => {
      const settled = (value: object) => {
        resolve(value)
        return new Promise<void>((done) => setImmediate(done))
      }
      requests.push({ command, input, answer: settled, fail: reject })
    })) as unknown as Request
  const stream = new RoomStream('lobby', request, {
    joining: () => {},
    joined: () => {},
    entries: (entries) => void delivered.push(...entries.map(({ seq }) => seq)),
    reset: () => void delivered.push('reset'),
    refused: ({ code }) => void delivered.push(code),
  })
  return { stream, delivered, requests, last: () => requests[requests.length - 1]! }
}

async function joined(first: number, last: number) {
  const room = setUp()
  void room.stream.join()
  await room.last().answer(answer(first, last))
  return room
}

describe('room stream', () => {
  test('delivers the entries of the join, then live entries, each once', async () => {
    const { stream, delivered } = await joined(4, 6)
    await stream.ready
    stream.receive(live(6, 7))
    stream.receive(live(8))
    expect(delivered).toEqual([4, 5, 6, 7, 8])
  })

  test('rejoins from the last delivered seq', async () => {
    const { stream, delivered, requests, last } = await joined(4, 6)
    stream.onDisconnected()
    void stream.join()
    expect(last()).toMatchObject({ command: 'room:join', input: { room: 'lobby', after: 6, epoch: 'e1' } })
    await last().answer(answer(7, 8))
    expect(delivered).toEqual([4, 5, 6, 7, 8])
    expect(requests).toHaveLength(2)
  })

  test('rejoins an empty room from seq 0', async () => {
    const { stream, delivered, last } = await joined(1, 0)
    void stream.join()
    expect(last().input).toEqual({ room: 'lobby', after: 0, epoch: 'e1' })
    await last().answer(answer(1, 2))
    expect(delivered).toEqual([1, 2])
  })

  test('reads up to the head before it delivers buffered live entries', async () => {
    const { stream, delivered, last } = await joined(1, 1)
    stream.onDisconnected()
    void stream.join()
    await last().answer(answer(2, 3, { head: 7, more: true }))
    stream.receive(live(8))
    expect(last()).toMatchObject({ command: 'history:read', input: { after: 3 } })
    await last().answer({ epoch: 'e1', head: 8, entries: upTo(4, 5), more: true, truncated: false })
    stream.receive(live(9, 10))
    expect(delivered).toEqual([1, 2, 3, 4, 5])
    await last().answer({ epoch: 'e1', head: 8, entries: upTo(6, 8), more: false, truncated: false })
    expect(delivered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('stops reading at a page without entries', async () => {
    const { stream, requests, last } = setUp()
    void stream.join()
    await last().answer(answer(1, 2, { head: 5, more: true }))
    await last().answer({ epoch: 'e1', head: 5, entries: [], more: true, truncated: false })
    await stream.ready
    expect(requests).toHaveLength(2)
  })

  test.each([
    ['entries were trimmed', answer(20, 21, { truncated: true })],
    ['the epoch has changed', answer(1, 2, { epoch: 'e2', truncated: true })],
    ['the answer starts after a gap', answer(9, 10)],
  ])('resets when %s', async (_, fresh) => {
    const { stream, delivered, last } = await joined(4, 6)
    void stream.join()
    await last().answer(fresh)
    expect(delivered).toEqual([4, 5, 6, 'reset', ...fresh.entries.map(({ seq }) => seq)])
  })

  test('does not drop a lower seq of another epoch as a duplicate', async () => {
    const { stream, delivered, last } = await joined(4, 6)
    stream.receive({ ...live(2), epoch: 'e2' })
    expect(last().command).toBe('room:join')
    await last().answer(answer(1, 2, { epoch: 'e2', truncated: true }))
    expect(delivered).toEqual([4, 5, 6, 'reset', 1, 2])
  })

  test('rejoins at a gap, and delivers nothing after it', async () => {
    const { stream, delivered, last } = await joined(4, 6)
    stream.receive(live(7, 9))
    stream.receive(live(10))
    expect(delivered).toEqual([4, 5, 6, 7])
    expect(last()).toMatchObject({ command: 'room:join', input: { after: 7 } })
    await last().answer(answer(8, 9))
    expect(delivered).toEqual([4, 5, 6, 7, 8, 9, 10])
  })

  test('ignores the answer to an abandoned join', async () => {
    const { stream, delivered, requests } = setUp()
    void stream.join()
    stream.onDisconnected()
    void stream.join()
    await requests[1]!.answer(answer(1, 2))
    await requests[0]!.answer(answer(1, 5))
    expect(delivered).toEqual([1, 2])
  })

  test('retries after a retryable fault, after the delay that the node asked for', async () => {
    jest.useFakeTimers()
    const { stream, delivered, requests, last } = setUp()
    void stream.join()
    last().fail(new ChatFault({ code: 'rate_limited', message: 'Slowly.', retryable: true, retryInMs: 300 }))
    await jest.advanceTimersByTimeAsync(299)
    expect(requests).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    expect(requests).toHaveLength(2)
    jest.useRealTimers()
    await last().answer(answer(1, 1))
    expect(delivered).toEqual([1])
  })

  test.each([
    ['was asked to', (stream: RoomStream) => void stream.join()],
    ['found a gap', (stream: RoomStream) => stream.receive(live(8))],
    ['received another epoch', (stream: RoomStream) => stream.receive({ ...live(1), epoch: 'e2' })],
  ])('is not joined while it rejoins because it %s', async (_, begin) => {
    const { stream, last } = await joined(4, 6)
    expect(stream.joined).toBe(true)
    begin(stream)
    expect(stream.joined).toBe(false)
    await last().answer(answer(7, 8))
    expect(stream.joined).toBe(true)
  })

  test('ends when the join is rejected for good', async () => {
    const { stream, delivered, last } = setUp()
    void stream.join()
    last().fail(new ChatFault({ code: 'not_admitted', message: 'No.', retryable: false }))
    await expect(stream.ready).rejects.toMatchObject({ code: 'not_admitted' })
    expect(delivered).toEqual(['not_admitted'])
  })
})
