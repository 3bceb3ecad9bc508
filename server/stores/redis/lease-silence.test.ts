import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { STORE_TIMEOUT_MS } from '../../../protocol/limits.ts'
import type { Connection } from './connection.ts'
import { keysUnder } from './keys.ts'
import { Lease } from './lease.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A lease on an open connection that answers no beat in time, but may answer other calls. */
function unanswered() {
  const db = {
    ready: true,
    times: 1,
    answeredAt: Number.NEGATIVE_INFINITY,
    run: () => new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), STORE_TIMEOUT_MS)),
  }
  const lease = new Lease(db as unknown as Connection, keysUnder('test'), 'n1')
  const silences = jest.fn()
  lease.onUnresponsive = silences
  void lease.start()
  return { db, lease, silences }
}

test('a connection that answers nothing is treated as dead', async () => {
  const { lease, silences } = unanswered()
  await jest.advanceTimersByTimeAsync(STORE_TIMEOUT_MS + 1)
  expect(silences).toHaveBeenCalledTimes(1)
  await lease.close()
})

test('a connection that answers other calls is only slow', async () => {
  const { db, lease, silences } = unanswered()
  for (let beat = 0; beat < 3; beat++) {
    await jest.advanceTimersByTimeAsync(STORE_TIMEOUT_MS * 0.75)
    db.answeredAt = performance.now()
    await jest.advanceTimersByTimeAsync(STORE_TIMEOUT_MS * 0.25 + 1)
  }
  expect(silences).not.toHaveBeenCalled()
  await lease.close()
})
