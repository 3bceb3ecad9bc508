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
const letter = (text: string, more: Partial<PendingCommand> = {}, room = 'lobby'): PendingCommand =>
  ({ command: 'message:send', input: { room, text, clientId: `id-${text}` }, ...more }) as PendingCommand
const fault = (code: Fault['code'], retryable: boolean, retryInMs?: number) =>
  new ChatFault({ code, message: code, retryable, retryInMs })
const appended = (seq: number, text: string): Entry => {
  return { seq, kind: 'message', room: 'lobby', at: 0, by, text, clientId: `id-${text}` }
}

/** A node that appends, once per clientId, and fails as `faults` say: before or after appending. */
function setUp(faults: { fault: ChatFault; appended?: boolean }[] = [], store?: MemoryOutbox) {
  const log: Entry[] = []
  const commands: string[] = []
  const sent: string[] = []
  const counts: number[] = []
  const ends: Settled[] = []
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
    open: () => state.open,
    position: () => ({ epoch: 'e1', head: log.length }),
    dedupeMs: DEDUPE_MS,
    changed: () => counts.push(outbox.count),
    settled: (end) => ends.push(end),
    restored: (rooms) => restored.push(...rooms),
    store,
  })
  return { outbox, log, sent, commands, counts, ends, restored, state, texts: () => log.map(({ text }) => text) }
}

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('the outbox', () => {
  test('resolves with the entry, and counts what waits', async () => {
    const { outbox, counts } = setUp()
    await expect(outbox.post(letter('a'))).resolves.toMatchObject({ seq: 1, text: 'a' })
    expect(counts).toEqual([1, 0])
  })

  test('an answer that got lost is asked for again with the same clientId, and nothing is said twice', async () => {
    const { outbox, log, sent } = setUp([{ fault: unanswered('lost'), appended: true }])
    const promise = outbox.post(letter('a'))
    await jest.advanceTimersByTimeAsync(500)
    await expect(promise).resolves.toMatchObject({ seq: 1 })
    expect(sent).toEqual(['id-a', 'id-a'])
    expect(log).toHaveLength(1)
  })

  test('keeps the order within a room whatever fails', async () => {
    const { outbox, texts } = setUp([{ fault: unanswered('lost') }, { fault: unanswered('lost'), appended: true }])
    const all = Promise.all(['a', 'b', 'c'].map((text) => outbox.post(letter(text))))
    await jest.advanceTimersByTimeAsync(2_000)
    await all
    expect(texts()).toEqual(['a', 'b', 'c'])
  })

  test('one room does not wait for another', async () => {
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 60_000) }])
    outbox.post(letter('a')).catch(() => {})
    await outbox.post(letter('b', {}, 'other'))
    expect(texts()).toEqual(['b'])
  })

  test('waits as long as the node asks', async () => {
    const { outbox, sent } = setUp([{ fault: fault('rate_limited', true, 700) }])
    const promise = outbox.post(letter('a'))
    await jest.advanceTimersByTimeAsync(699)
    expect(sent).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    await promise
    expect(sent).toHaveLength(2)
  })

  test('a refusal rejects its letter, and the next one goes', async () => {
    const { outbox, texts } = setUp([{ fault: fault('bad_input', false) }])
    const refused = outbox.post(letter('a'))
    const said = outbox.post(letter('b'))
    await expect(refused).rejects.toMatchObject({ code: 'bad_input', retryable: false })
    await said
    expect(texts()).toEqual(['b'])
  })

  test('waits until the room is open', async () => {
    const { outbox, sent, state } = setUp()
    state.open = false
    const promise = outbox.post(letter('a'))
    expect(sent).toEqual([])
    expect(outbox.pending('lobby')).toMatchObject([letter('a')])
    state.open = true
    outbox.resume()
    await promise
    expect(outbox.count).toBe(0)
  })

  test('goes on at once when the room opens again, whatever the back-off', async () => {
    const { outbox, state, sent } = setUp([{ fault: unanswered('lost') }])
    jest.spyOn(Math, 'random').mockReturnValueOnce(0.9)
    const promise = outbox.post(letter('a'))
    state.open = false
    await jest.advanceTimersByTimeAsync(100)
    state.open = true
    outbox.resume()
    await promise
    expect(sent).toHaveLength(2)
  })

  test('a room that opens cuts no other room’s back-off short', async () => {
    const { outbox, sent } = setUp([{ fault: fault('rate_limited', true, 700) }])
    const said = outbox.post(letter('a'))
    await jest.advanceTimersByTimeAsync(0)
    outbox.resume('other')
    await jest.advanceTimersByTimeAsync(699)
    expect(sent).toHaveLength(1)
    await jest.advanceTimersByTimeAsync(1)
    await said
  })

  test('gives up on everything when told to, and says nothing more', async () => {
    const { outbox, sent } = setUp([{ fault: unanswered('lost') }])
    const both = [outbox.post(letter('a')), outbox.post(letter('b'))]
    outbox.abandon(fault('token_expired', false))
    for (const promise of both) await expect(promise).rejects.toMatchObject({ code: 'token_expired' })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(sent).toEqual(['id-a'])
    expect(outbox.count).toBe(0)
  })

  test('a letter that is taken back is tried no further, and the next one goes', async () => {
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 60_000) }])
    const taken = outbox.post(letter('a'))
    const said = outbox.post(letter('b'))
    await jest.advanceTimersByTimeAsync(0)
    outbox.discard('id-a')
    await expect(taken).rejects.toBeInstanceOf(Discarded)
    outbox.resume()
    await said
    expect(texts()).toEqual(['b'])
  })

  test('a room that takes nobody ends what waits for it, and nothing else', async () => {
    const { outbox, state } = setUp()
    state.open = false
    const refused = outbox.post(letter('a'))
    outbox.post(letter('b', {}, 'other')).catch(() => {})
    outbox.refuse('lobby', fault('not_admitted', false))
    await expect(refused).rejects.toMatchObject({ code: 'not_admitted' })
    expect(outbox.count).toBe(1)
  })
})

describe('letters of an earlier life', () => {
  test('are said in the order of their writing, before newer ones, and leave the store', async () => {
    const store = new MemoryOutbox(letter('b', { writtenAt: 2 }), letter('a', { writtenAt: 1 }))
    const { outbox, texts, restored, ends, state } = setUp([], store)
    state.open = false
    outbox.post(letter('c')).catch(() => {})
    outbox.begin('ada')
    expect(restored).toEqual(['lobby'])
    expect(outbox.count).toBe(3)
    state.open = true
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a', 'b', 'c'])
    expect(ends.map(({ restored }) => restored)).toEqual([true, true, false])
    expect(store.kept.size).toBe(0)
  })

  test('their end is told, for no promise waits for it', async () => {
    const store = new MemoryOutbox(letter('a'))
    const { outbox, ends } = setUp([{ fault: fault('bad_input', false) }], store)
    outbox.begin('ada')
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(ends).toMatchObject([{ pending: letter('a'), restored: true, fault: { code: 'bad_input' } }])
  })

  test('are said by nobody but their author', async () => {
    const store = new MemoryOutbox(letter('a', { by: 'bob' }))
    const { outbox } = setUp([], store)
    outbox.begin('ada')
    expect(outbox.count).toBe(0)
    expect(store.kept.size).toBe(1)
  })

  test('may come to light later, and once', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([], store)
    store.found([letter('z')])
    outbox.begin('ada')
    store.found([letter('a')])
    store.found([letter('a'), letter('b', { by: 'bob' })])
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a'])
  })

  test('what was given up here is said by the next life', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([{ fault: unanswered('lost') }], store)
    outbox.begin('ada')
    const given = outbox.post(letter('a'))
    outbox.abandon(unanswered('closed'))
    await expect(given).rejects.toThrow('closed')
    outbox.begin('ada')
    outbox.resume()
    await jest.advanceTimersByTimeAsync(0)
    expect(texts()).toEqual(['a'])
  })

  test('a store that is full keeps none, says how many, and the letter is said all the same', async () => {
    const store = new MemoryOutbox()
    const { outbox, texts } = setUp([{ fault: fault('rate_limited', true, 50) }], store)
    store.full = true
    const said = outbox.post(letter('a'))
    expect(outbox.unpersistedCount).toBe(1)
    expect(store.kept.size).toBe(0)
    await jest.advanceTimersByTimeAsync(50)
    await said
    expect(outbox.unpersistedCount).toBe(0)
    expect(texts()).toEqual(['a'])
  })
})

describe('a letter that was tried longer ago than the cluster remembers', () => {
  const long = { at: Date.now() - DEDUPE_MS, epoch: 'e1', head: 1 }

  function restored(tried: PendingCommand['tried'], more: Partial<PendingCommand> = {}) {
    const store = new MemoryOutbox(letter('a', { tried, ...more }))
    const life = setUp([], store)
    life.log.push(appended(1, 'before'))
    const begin = () => {
      life.outbox.begin('ada')
      life.outbox.resume()
    }
    return { ...life, kept: store.kept, begin }
  }
  const settles = () => jest.advanceTimersByTimeAsync(0)

  test('remembers when it was tried first, and how far the log was known', async () => {
    const store = new MemoryOutbox()
    const { outbox, log } = setUp([{ fault: fault('rate_limited', true, 50) }], store)
    log.push(appended(1, 'before'))
    const first = Date.now()
    const said = outbox.post(letter('a'))
    const tried = { at: first, epoch: 'e1', head: 1 }
    await settles()
    expect(store.kept.get('id-a')?.tried).toEqual(tried)
    await jest.advanceTimersByTimeAsync(20)
    expect(outbox.pending('lobby')[0]?.tried).toEqual(tried)
    await jest.advanceTimersByTimeAsync(50)
    await said
  })

  test('is sent right away while it is remembered', async () => {
    const { begin, commands } = restored({ ...long, at: Date.now() - DEDUPE_MS / 2 })
    begin()
    await settles()
    expect(commands).toEqual(['message:send'])
  })

  test.each([
    ['on the next page', 1],
    ['on the first one', 50],
  ])('is done when the log has it, %s', async (_, pages) => {
    const { begin, commands, log, ends, state } = restored(long)
    state.pages = pages
    log.push(appended(2, 'other'), appended(3, 'a'))
    begin()
    await settles()
    expect(new Set(commands)).toEqual(new Set(['history:read']))
    expect(ends).toMatchObject([{ entry: { seq: 3 } }])
  })

  test('is sent when the log does not have it', async () => {
    const { begin, texts } = restored(long)
    begin()
    await settles()
    expect(texts()).toEqual(['before', 'a'])
  })

  test('the same text of somebody else is not taken for it', async () => {
    const { begin, log, texts } = restored(long)
    log.push({ ...appended(2, 'a'), by: { id: 'bob', name: 'Bob' }, clientId: 'id-a' })
    begin()
    await settles()
    expect(texts()).toEqual(['before', 'a'])
  })

  test.each<[string, PendingCommand['tried'], { trimmed?: number; epoch?: string }]>([
    ['was trimmed', long, { trimmed: 2 }],
    ['is another one', long, { epoch: 'e2' }],
    ['was not known at the first try', { at: long.at }, {}],
  ])('rests when the log %s, until a person decides', async (_, tried, log) => {
    const { begin, outbox, sent, state, kept, texts } = restored(tried)
    Object.assign(state, log)
    begin()
    await settles()
    expect(sent).toEqual([])
    expect(outbox.count).toBe(0)
    expect(outbox.pending('lobby')).toMatchObject([{ doubtful: true }])
    expect(kept.get('id-a')).toMatchObject({ doubtful: true })

    const next = outbox.post(letter('b'))
    await settles()
    await expect(next).resolves.toMatchObject({ text: 'b' })
    outbox.sendAnyway('id-a')
    await settles()
    expect(texts()).toEqual(['before', 'b', 'a'])
    expect(kept.size).toBe(0)
  })

  test('rests also over further lives, and can be discarded', async () => {
    const { begin, outbox, sent, kept, ends } = restored(long, { doubtful: true })
    begin()
    await settles()
    expect(outbox.pending('lobby')).toMatchObject([{ doubtful: true }])
    outbox.discard('id-a')
    expect(outbox.pending('lobby')).toEqual([])
    expect(ends).toMatchObject([{ fault: expect.any(Discarded) }])
    expect([sent.length, kept.size]).toEqual([0, 0])
  })

  test('of another epoch that it names itself, is left to the node, who refuses it', async () => {
    const edit = { command: 'message:edit', input: { room: 'lobby', seq: 1, text: 'a', clientId: 'id-a', epoch: 'e1' } }
    const { begin, state, commands } = restored(long, edit as Partial<PendingCommand>)
    state.epoch = 'e2'
    begin()
    await settles()
    expect(commands).toEqual(['history:read', 'message:edit'])
  })

  test('is looked for when this machine’s clock was set back', async () => {
    const { begin, commands } = restored({ ...long, at: Date.now() + 3_600_000 })
    begin()
    await settles()
    expect(commands).toEqual(['history:read', 'message:send'])
  })
})
