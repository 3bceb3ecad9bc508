import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Socket as Session } from 'engine.io'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { Heartbeats } from './heartbeats.ts'

const PINGS = { intervalMs: PING_INTERVAL_MS, timeoutMs: PING_TIMEOUT_MS }

/** Uses its timers as an Engine.IO 6 session does. `ended`: the reason and time of its close. */
class FakeSession {
  pingIntervalTimer: { refresh(): void } | null = setTimeout(() => this.pings.push(-1), PING_INTERVAL_MS)
  pingTimeoutTimer: { refresh(): void } | null = null
  hasRefreshedPingTimeout = true
  readonly pings: number[] = []
  ended: [string, number] | undefined

  sendPacket(): void {
    this.pings.push(performance.now())
  }

  pong(): void {
    this.pingTimeoutTimer = null
    this.pingIntervalTimer?.refresh()
  }

  onClose(why: string): void {
    this.ended = [why, performance.now()]
    heartbeats.stop(this as unknown as Session)
  }
}

let heartbeats: Heartbeats
beforeEach(() => {
  jest.useFakeTimers()
  heartbeats = new Heartbeats(PINGS)
})
afterEach(() => {
  heartbeats.close()
  jest.useRealTimers()
})

function arrive(answers = true): FakeSession {
  const session = new FakeSession()
  if (answers) {
    session.sendPacket = function sendPacket() {
      this.pings.push(performance.now())
      setTimeout(() => this.pong(), 20)
    }
  }
  heartbeats.start(session as unknown as Session)
  return session
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - times[i]!)

test('pings a session that answers at the interval, at most 100 ms early', () => {
  const session = arrive()
  jest.advanceTimersByTime(5 * PING_INTERVAL_MS + 1_000)
  expect(session.pings).toHaveLength(5)
  for (const gap of gaps(session.pings)) {
    expect(gap).toBeGreaterThan(PING_INTERVAL_MS - 100)
    expect(gap).toBeLessThanOrEqual(PING_INTERVAL_MS + 100)
  }
  expect(session.ended).toBeUndefined()
})

test('pings a session that does not answer once, and closes it after the timeout', () => {
  const session = arrive(false)
  jest.advanceTimersByTime(PING_INTERVAL_MS + PING_TIMEOUT_MS + 200)
  expect(session.pings).toHaveLength(1)
  const [why, at] = session.ended!
  expect(why).toBe('ping timeout')
  expect(Math.abs(at - session.pings[0]! - PING_TIMEOUT_MS)).toBeLessThanOrEqual(100)
  expect(jest.getTimerCount()).toBe(0)
})

test('postpones the timeout once for a packet other than a pong', () => {
  const session = arrive(false)
  jest.advanceTimersByTime(PING_INTERVAL_MS + PING_TIMEOUT_MS - 500)
  expect(session.hasRefreshedPingTimeout).toBe(false)
  session.pingTimeoutTimer!.refresh()
  jest.advanceTimersByTime(PING_TIMEOUT_MS - 200)
  expect(session.ended).toBeUndefined()
  jest.advanceTimersByTime(500)
  expect(session.ended).toBeDefined()
})

test('pings sessions that are due within the same 100 ms in one tick, except closed ones', () => {
  const sessions = Array.from({ length: 50 }, () => {
    jest.advanceTimersByTime(1)
    return arrive()
  })
  const [closed, ...others] = sessions
  heartbeats.stop(closed as unknown as Session)
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect(closed!.pings).toEqual([])
  expect(new Set(others.flatMap(({ pings }) => pings)).size).toBe(1)
})

test('reads a waiting pong before it times out a session after a pause of the process', () => {
  let pausedMs = 0
  heartbeats = new Heartbeats(PINGS, () => performance.now() + pausedMs)
  const [answering, silent] = [arrive(false), arrive(false)]
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect([answering.pings.length, silent.pings.length]).toEqual([1, 1])
  pausedMs = 30_000
  // Node runs timers first, then socket reads, then immediates.
  jest.advanceTimersToNextTimer()
  answering.pong()
  jest.advanceTimersByTime(1)
  expect(answering.ended).toBeUndefined()
  expect(silent.ended).toBeDefined()
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect(answering.pings).toHaveLength(2)
})
