import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import type { Fault } from '../../protocol/faults.ts'
import type { Request } from './connection.ts'
import { ChatFault, Discarded, unanswered } from './fault.ts'
import { Outbox, type Settled } from './outbox.ts'
import type { PendingCommand } from './pending-command.ts'
import { MemoryOutbox } from './test-doubles.ts'

const DEDUPE_MS = 600_000

const by = { id: 'ada', name: 'Ada' }
const pending = (text: string, more: Partial<PendingCommand> = {}, room = 'lobby'): PendingCommand =>
  ({ command: 'message:send', input: { room, text, clientId: `id-${text}` }, ...more }) as PendingCommand
const fault = (code: Fault['code'], retryable: boolean, retryInMs?: number) =>
  new ChatFault({ code, message: code, retryable, retryInMs })
const appended = (seq: number, text: string): Entry => {
  return { seq, kind: 'message', room: 'lobby', at: 0, by, text, clientId: `id-${text}` }
}

/** A node that appends each clientId once, and fails with the given faults before or after appending. */
function setUp(faults: { fault: ChatFault; appended?: boolean }[] = [], store?: MemoryOutbox) {
  const log: Entry[] = []
  const commands: string[] = []
  const sent: string[] = []
  const counts: number[] = []
  const outcomes: Settled[] = []
  const restored: string[] = []
  const state = { open: true, epoch: 'e1', pages: 50, trimmed: 0 }
  const request = (async (
    command: string,
    input: PendingCommand['input'] & { after: number; epoch?: string; text: string },
  ) => {
    commands.push(command)
    if (command === 'history:read') {
      if (input.epoch !== state.epoch) throw fault('stale_epoch', false)
      const entries = log.filter(({ seq }) => seq > Math.max(input.after, state.trimmed)).slice(0, state.pages)
      const more = (entries.at(-1)?.seq ?? log.length) < log.length
      return { epoch: state.epoch, head: log.length, entries, more, truncated: input.after < state.trimmed }
    }
    sent.push(input.clientId)
    const failure = faults.shift()
    if (failure && !failure.appended) throw failure.fault
    const known = log.find((entry) => entry.clientId === input.clientId)
    const entry = known ?? { ...appended(log.length + 1, input.text), room: input.room, clientId: input.clientId }
    if (!known) log.push(entry)
    if (failure) throw failure.fault
    return entry
  }) as unknown as Request
  const outbox: Outbox = new Outbox({
    call: request,
    isOpen: () => state.open,
    position: () => ({ epoch: 'e1', head: log.length }),
    dedupeMs: DEDUPE_MS,
    changed: () => counts.push(outbox.count),
    settled: (end) => outcomes.push(end),
    restored: (rooms) => restored.push(...rooms),
    store,
  })
  return { outbox, log, sent, commands, counts, outcomes, restored, state, texts: () => log.map(({ text }) => text) }
}

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('outbox', () => {
  test('resolves with the entry, and counts pending commands', async () => {
    const { outbox, counts } = setUp()
    await expect(outbox.post(pending('a'))).resolves.toMatchObject({ seq: 1, text: 'a' })
    expect(counts).toEqual([1, 0])
  })

  test('retries with the same clientId after a lost response, and appends once', async () => {
    const { outbox, log, sent } = setUp([{ fault: unanswered('lost'), appended: true }])
    const promise = outbox.post(pending('a'))
    await jest.advanceTimersByTimeAsync(500)
    await expect(promise).resolves.toMatchObject({ seq: 1 })
    expect(sent).toEqual(['id-a', 'id-a'])
    expect(log).toHaveLength(1)
  })

  test('keeps the order within a room across failures', async () => {
    const { outbox, texts } = setUp([{ fault: unanswered('lost') }, { fault: unanswered('lost'), appended: true }])
    const all = Promise.all(['a', 'b', 'c'].map((text) => outbox.post(pending(text))))
    await jest.advanceTimersByTimeAsync(2_000)
    await all
    expect(texts()).toEqual(['a', 'b', 'c'])
  })

  test('a failing room does not delay another one', async () => {
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 60_000) }])
    outbox.post(pending('a')).catch(() => {})
    await outbox.post(pending('b', {}, 'other'))
    expect(texts()).toEqual(['b'])
  })

  test('waits for the delay that the node asked for', async () => {
    const { outbox, sent } = setUp([{ fault: fault('rate_limited', true, 700) }])
    const promise = outbox.post(pending('a'))
    await jest.advanceTimersByTimeAsync(699)
    expect(sent).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    await promise
    expect(sent).toHaveLength(2)
  })

  test('rejects a command for good, and sends the next one', async () => {
    const { outbox, texts } = setUp([{ fault: fault('bad_input', false) }])
    const refused = outbox.post(pending('a'))
    const sending = outbox.post(pending('b'))
    await expect(refused).rejects.toMatchObject({ code: 'bad_input', retryable: false })
    await sending
    expect(texts()).toEqual(['b'])
  })

  test('waits until the room is open', async () => {
    const { outbox, sent, state } = setUp()
    state.open = false
    const promise = outbox.post(pending('a'))
    expect(sent).toEqual([])
    expect(outbox.pending('lobby')).toMatchObject([pending('a')])
    state.open = true
    outbox.resume()
    await promise
    expect(outbox.count).toBe(0)
  })

  test('sends immediately when the room opens again, ignoring the backoff', async () => {
    const { outbox, state, sent } = setUp([{ fault: unanswered('lost') }])
    jest.spyOn(Math, 'random').mockReturnValueOnce(0.9)
    const promise = outbox.post(pending('a'))
    state.open = false
    await jest.advanceTimersByTimeAsync(100)
    state.open = true
    outbox.resume()
    await promise
    expect(sent).toHaveLength(2)
  })

  test('opening a room does not shorten the backoff of another one', async () => {
    const { outbox, sent } = setUp([{ fault: fault('rate_limited', true, 700) }])
    const sending = outbox.post(pending('a'))
    await jest.advanceTimersByTimeAsync(0)
    outbox.resume('other')
    await jest.advanceTimersByTimeAsync(699)
    expect(sent).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    await sending
  })

  test('rejects all commands when abandoned, and sends nothing more', async () => {
    const { outbox, sent } = setUp([{ fault: unanswered('lost') }])
    const both = [outbox.post(pending('a')), outbox.post(pending('b'))]
    outbox.abandon(fault('token_expired', false))
    for (const promise of both) await expect(promise).rejects.toMatchObject({ code: 'token_expired' })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(sent).toEqual(['id-a'])
    expect(outbox.count).toBe(0)
  })

  test('does not retry a discarded command, and sends the next one', async () => {
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 60_000) }])
    const taken = outbox.post(pending('a'))
    const sending = outbox.post(pending('b'))
    await jest.advanceTimersByTimeAsync(0)
    outbox.discard('id-a')
    await expect(taken).rejects.toBeInstanceOf(Discarded)
    outbox.resume()
    await sending
    expect(texts()).toEqual(['b'])
  })

  test('refusing a room rejects its commands, and no others', async () => {
    const { outbox, state } = setUp()
    state.open = false
    const refused = outbox.post(pending('a'))
    outbox.post(pending('b', {}, 'other')).catch(() => {})
    outbox.refuse('lobby', fault('not_admitted', false))
    await expect(refused).rejects.toMatchObject({ code: 'not_admitted' })
    expect(outbox.count).toBe(1)
  })
})

describe('restored commands', () => {
  test('are sent in the order of writtenAt, before newer ones, and removed from the store', async () => {
    const store = new MemoryOutbox(pending('b', { writtenAt: 2 }), pending('a', { writtenAt: 1 }))
    const { outbox, texts, restored, outcomes, state } = setUp([], store)
    state.open = false
    outbox.post(pending('c')).catch(() => {})
    outbox.setUser('ada')
    expect(restored).toEqual(['lobby'])
    expect(outbox.count).toBe(3)
    state.open = true
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a', 'b', 'c'])
    expect(outcomes.map(({ restored }) => restored)).toEqual([true, true, false])
    expect(store.commands.size).toBe(0)
  })

  test('are reported as settled', async () => {
    const store = new MemoryOutbox(pending('a'))
    const { outbox, outcomes } = setUp([{ fault: fault('bad_input', false) }], store)
    outbox.setUser('ada')
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(outcomes).toMatchObject([{ pending: pending('a'), restored: true, fault: { code: 'bad_input' } }])
  })

  test('are sent only as their author', async () => {
    const store = new MemoryOutbox(pending('a', { by: 'bob' }))
    const { outbox } = setUp([], store)
    outbox.setUser('ada')
    expect(outbox.count).toBe(0)
    expect(store.commands.size).toBe(1)
  })

  test('may be found later, and are sent once', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([], store)
    store.found([pending('z')])
    outbox.setUser('ada')
    store.found([pending('a')])
    store.found([pending('a'), pending('b', { by: 'bob' })])
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a'])
  })

  test('abandoned commands are sent by the next client', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([{ fault: unanswered('lost') }], store)
    outbox.setUser('ada')
    const given = outbox.post(pending('a'))
    outbox.abandon(unanswered('closed'))
    await expect(given).rejects.toThrow('closed')
    outbox.setUser('ada')
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a'])
  })

  test('commands that a full store cannot keep are counted, and sent anyway', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 50) }], store)
    store.full = true
    const sending = outbox.post(pending('a'))
    expect(outbox.unpersistedCount).toBe(1)
    expect(store.commands.size).toBe(0)
    await jest.advanceTimersByTimeAsync(50)
    await sending
    expect(outbox.unpersistedCount).toBe(0)
    expect(texts()).toEqual(['a'])
  })
})

describe('a command that was tried before the dedupe window', () => {
  const long = { at: Date.now() - DEDUPE_MS, epoch: 'e1', head: 1 }

  function restored(tried: PendingCommand['tried'], more: Partial<PendingCommand> = {}) {
    const store = new MemoryOutbox(pending('a', { tried, ...more }))
    const client = setUp([], store)
    client.log.push(appended(1, 'before'))
    const begin = () => {
      client.outbox.setUser('ada')
      client.outbox.resume()
    }
    return { ...client, kept: store.commands, begin }
  }
  const settles = () => jest.advanceTimersByTimeAsync(0)

  test('stores the time of the first try and the known head of the log', async () => {
    const store = new MemoryOutbox()
    const { outbox, log } = setUp([{ fault: fault('rate_limited', true, 50) }], store)
    log.push(appended(1, 'before'))
    const first = Date.now()
    const sending = outbox.post(pending('a'))
    const tried = { at: first, epoch: 'e1', head: 1 }
    await settles()
    expect(store.commands.get('id-a')?.tried).toEqual(tried)
    await jest.advanceTimersByTimeAsync(20)
    expect(outbox.pending('lobby')[0]?.tried).toEqual(tried)
    await jest.advanceTimersByTimeAsync(50)
    await sending
  })

  test('is sent without a search within the dedupe window', async () => {
    const { begin, commands } = restored({ ...long, at: Date.now() - DEDUPE_MS / 2 })
    begin()
    await settles()
    expect(commands).toEqual(['message:send'])
  })

  test.each([
    ['on the next page', 1],
    ['on the first one', 50],
  ])('is settled when the log has it, %s', async (_, pages) => {
    const { begin, commands, log, outcomes, state } = restored(long)
    state.pages = pages
    log.push(appended(2, 'other'), appended(3, 'a'))
    begin()
    await settles()
    expect(new Set(commands)).toEqual(new Set(['history:read']))
    expect(outcomes).toMatchObject([{ entry: { seq: 3 } }])
  })

  test('is sent when the log does not have it', async () => {
    const { begin, texts } = restored(long)
    begin()
    await settles()
    expect(texts()).toEqual(['before', 'a'])
  })

  test('is not confused with the same text of another user', async () => {
    const { begin, log, texts } = restored(long)
    log.push({ ...appended(2, 'a'), by: { id: 'bob', name: 'Bob' }, clientId: 'id-a' })
    begin()
    await settles()
    expect(texts()).toEqual(['before', 'a'])
  })

  test.each<[string, PendingCommand['tried'], { trimmed?: number; epoch?: string }]>([
    ['was trimmed', long, { trimmed: 2 }],
    ['was reset', long, { epoch: 'e2' }],
    ['was not known at the first try', { at: long.at }, {}],
  ])('becomes doubtful when the log %s, until the user decides', async (_, tried, log) => {
    const { begin, outbox, sent, state, kept, texts } = restored(tried)
    Object.assign(state, log)
    begin()
    await settles()
    expect(sent).toEqual([])
    expect(outbox.count).toBe(0)
    expect(outbox.pending('lobby')).toMatchObject([{ doubtful: true }])
    expect(kept.get('id-a')).toMatchObject({ doubtful: true })

    const next = outbox.post(pending('b'))
    await settles()
    await expect(next).resolves.toMatchObject({ text: 'b' })
    outbox.sendAnyway('id-a')
    await settles()
    expect(texts()).toEqual(['before', 'b', 'a'])
    expect(kept.size).toBe(0)
  })

  test('stays doubtful across restarts, and can be discarded', async () => {
    const { begin, outbox, sent, kept, outcomes } = restored(long, { doubtful: true })
    begin()
    await settles()
    expect(outbox.pending('lobby')).toMatchObject([{ doubtful: true }])
    outbox.discard('id-a')
    expect(outbox.pending('lobby')).toEqual([])
    expect(outcomes).toMatchObject([{ fault: expect.any(Discarded) }])
    expect([sent.length, kept.size]).toEqual([0, 0])
  })

  test('that names a former epoch is sent, for the node to reject it', async () => {
    const edit = { command: 'message:edit', input: { room: 'lobby', seq: 1, text: 'a', clientId: 'id-a', epoch: 'e1' } }
    const { begin, state, commands } = restored(long, edit as Partial<PendingCommand>)
    state.epoch = 'e2'
    begin()
    await settles()
    expect(commands).toEqual(['history:read', 'message:edit'])
  })

  test('is searched for when the clock of this machine was set back', async () => {
    const { begin, commands } = restored({ ...long, at: Date.now() + 3_600_000 })
    begin()
    await settles()
    expect(commands).toEqual(['history:read', 'message:send'])
  })
})
