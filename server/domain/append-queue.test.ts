import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { AppendQueue, OverloadedError, type ShedReason } from './append-queue.ts'
import { FaultError, unavailable } from './fault-error.ts'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A store that completes `perSecond` calls per second in order, and records them. */
function storeOf(perSecond: number) {
  const stored: number[] = []
  let freeAt = 0
  return {
    stored,
    append: (n: number) => {
      const now = performance.now()
      freeAt = Math.max(now, freeAt) + 1_000 / perSecond
      return new Promise<number>((resolve) => {
        setTimeout(() => {
          stored.push(n)
          resolve(n)
        }, freeAt - now)
      })
    },
  }
}

/** Runs appends at a constant rate for `seconds`, then waits until all are settled. */
async function offerLoad(
  queue: AppendQueue,
  append: (n: number) => Promise<unknown>,
  perSecond: number,
  seconds: number,
) {
  const accepted: { n: number; afterMs: number }[] = []
  const refused: { n: number; afterMs: number; error: unknown }[] = []
  for (let n = 0; n < perSecond * seconds; n++) {
    const began = performance.now()
    const after = () => performance.now() - began
    queue
      .run(() => append(n))
      .then(
        () => accepted.push({ n, afterMs: after() }),
        (error) => refused.push({ n, afterMs: after(), error }),
      )
    await jest.advanceTimersByTimeAsync(1_000 / perSecond)
  }
  const offeredUntil = accepted.length
  await jest.advanceTimersByTimeAsync(3_000)
  return { accepted, refused, offeredUntil }
}

const p99 = (answers: { afterMs: number }[]) =>
  answers.map(({ afterMs }) => afterMs).sort((a, b) => a - b)[Math.floor(answers.length * 0.99)]!

test('rejects nothing within the capacity', async () => {
  const queue = new AppendQueue()
  const { append } = storeOf(1_000)
  const { accepted, refused } = await offerLoad(queue, append, 800, 3)
  expect(refused).toEqual([])
  expect(accepted).toHaveLength(2_400)
  expect(queue.state).toMatchObject({ waiting: 0, inFlight: 0 })
})

test.each([1.25, 1.5, 2, 3])(
  'at %d × capacity the store stays busy, and what is accepted stays fast',
  async (factor) => {
    const capacity = 2_000
    const reasons: ShedReason[] = []
    const queue = new AppendQueue((reason) => reasons.push(reason))
    const { append, stored } = storeOf(capacity)
    const { accepted, refused, offeredUntil } = await offerLoad(queue, append, factor * capacity, 4)
    expect(accepted.length + refused.length).toBe(factor * capacity * 4)
    expect(offeredUntil).toBeGreaterThan(0.95 * capacity * 4)
    expect(p99(accepted)).toBeLessThan(500)
    // Rejected at once and never written.
    expect(p99(refused)).toBeLessThan(500)
    const known = new Set(stored)
    expect(refused.filter(({ n }) => known.has(n))).toEqual([])
    expect(refused.every(({ error }) => error instanceof OverloadedError && error.retryInMs! > 0)).toBe(true)
    expect(reasons).toHaveLength(refused.length)
  },
)

test('rejects the newest appends and runs the waiting ones in FIFO order', async () => {
  const queue = new AppendQueue()
  const { append, stored } = storeOf(500)
  const { accepted } = await offerLoad(queue, append, 1_000, 2)
  expect(stored).toEqual([...stored].sort((a, b) => a - b))
  expect(accepted.map(({ n }) => n)).toEqual(stored)
})

test('the number of calls in flight follows the latency of the store', async () => {
  const queue = new AppendQueue()
  const initial = queue.state.limit
  const fast = storeOf(50_000)
  await Promise.all([
    ...Array.from({ length: 2_000 }, (_, n) => queue.run(() => fast.append(n))),
    jest.advanceTimersByTimeAsync(1_000),
  ])
  const grown = queue.state.limit
  expect(grown).toBeGreaterThan(initial)
  await offerLoad(queue, storeOf(200).append, 400, 10)
  expect(queue.state.limit).toBeLessThan(initial)
})

test('accepts a burst after a quiet time', async () => {
  const queue = new AppendQueue()
  const { append } = storeOf(5_000)
  const all = Array.from({ length: 1_000 }, (_, n) => queue.run(() => append(n)))
  await jest.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all(all)).toHaveLength(1_000)
})

test('accepts a burst that takes a slow store most of a second', async () => {
  const queue = new AppendQueue()
  const { append } = storeOf(1_000)
  const all = Array.from({ length: 900 }, (_, n) => queue.run(() => append(n)))
  await jest.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all(all)).toHaveLength(900)
})

test('rejects waiting appends in time while the store does not answer', async () => {
  const queue = new AppendQueue()
  const { limit } = queue.state
  let written = 0
  const frozen = () => {
    written++
    return new Promise<never>((_, reject) => setTimeout(() => reject(unavailable()), 1_700))
  }
  const all = Promise.allSettled(Array.from({ length: limit + 10 }, () => queue.run(frozen)))
  await jest.advanceTimersByTimeAsync(1_001)
  expect(queue.state).toMatchObject({ waiting: 0, inFlight: limit })
  await jest.advanceTimersByTimeAsync(1_000)
  const reasons = (await all).map((result) => (result as PromiseRejectedResult).reason)
  expect(reasons.filter((reason) => reason instanceof OverloadedError)).toHaveLength(10)
  expect(reasons.every((reason) => reason instanceof FaultError && reason.code === 'unavailable')).toBe(true)
  expect(written).toBe(limit)
  expect(queue.state.limit).toBeLessThan(limit)
})

test('appends without a maximum wait are served during an overload', async () => {
  const queue = new AppendQueue()
  const { append, stored } = storeOf(500)
  const { signal } = new AbortController()
  const unbounded = Array.from({ length: 100 }, (_, n) => queue.runUntilAborted(signal, () => append(-n - 1)))
  const load = offerLoad(queue, append, 1_500, 2)
  await jest.advanceTimersByTimeAsync(3_000)
  expect(await Promise.all(unbounded)).toHaveLength(100)
  expect((await load).refused.length).toBeGreaterThan(0)
  expect(stored.filter((n) => n < 0)).toHaveLength(100)
})

test('an append whose signal is aborted leaves the queue', async () => {
  const queue = new AppendQueue()
  const { append, stored } = storeOf(100)
  const { limit } = queue.state
  const before = Array.from({ length: limit }, (_, n) => queue.run(() => append(n)))
  const gone = new AbortController()
  const waiting = queue.runUntilAborted(gone.signal, () => append(-1))
  gone.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  await jest.advanceTimersByTimeAsync(10_000)
  await Promise.all(before)
  expect(stored).not.toContain(-1)
  expect(queue.state).toMatchObject({ waiting: 0, inFlight: 0 })
})

test('rejects commands that a busy event loop reads late, if there are many', async () => {
  jest.useRealTimers()
  const reasons: ShedReason[] = []
  const queue = new AppendQueue((reason) => reasons.push(reason))
  const busy = () => {
    for (const end = performance.now() + 110; performance.now() < end; );
  }
  const few = queue.run(async () => 1)
  busy()
  expect(queue.overloadError()).toBeUndefined()
  const burst = Array.from({ length: 1_000 }, () => queue.run(async () => 1))
  expect(queue.overloadError()).toBeUndefined()
  const many = [...burst, ...Array.from({ length: 100 }, () => queue.run(async () => 1))]
  expect(queue.overloadError()).toMatchObject({ code: 'unavailable', retryInMs: expect.any(Number) })
  expect(reasons).toEqual(['event_loop'])
  await Promise.all([few, ...many])
  // An event-loop turn without lag ends the overload.
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(queue.overloadError()).toBeUndefined()
})
