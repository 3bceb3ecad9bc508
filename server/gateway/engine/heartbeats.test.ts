import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Socket as Session } from 'engine.io'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from '../../../protocol/limits.ts'
import { Heartbeats } from './heartbeats.ts'

const PINGS = { intervalMs: PING_INTERVAL_MS, timeoutMs: PING_TIMEOUT_MS }

/** As Engine.IO 6 treats its timers; `end` says why and when. */
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
    heartbeats.remove(this as unknown as Session)
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
  heartbeats.add(session as unknown as Session)
  return session
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - times[i]!)

test('who answers is pinged at the interval again and again, and never sooner than a tenth of a second before it', () => {
  const session = arrive()
  jest.advanceTimersByTime(5 * PING_INTERVAL_MS + 1_000)
  expect(session.pings).toHaveLength(5)
  for (const gap of gaps(session.pings)) {
    expect(gap).toBeGreaterThan(PING_INTERVAL_MS - 100)
    expect(gap).toBeLessThanOrEqual(PING_INTERVAL_MS + 100)
  }
  expect(session.ended).toBeUndefined()
})

test('who does not answer is pinged once, and ended after the time-out', () => {
  const session = arrive(false)
  jest.advanceTimersByTime(PING_INTERVAL_MS + PING_TIMEOUT_MS + 200)
  expect(session.pings).toHaveLength(1)
  const [why, at] = session.ended!
  expect(why).toBe('ping timeout')
  expect(Math.abs(at - session.pings[0]! - PING_TIMEOUT_MS)).toBeLessThanOrEqual(100)
  expect(jest.getTimerCount()).toBe(0)
})

test('another packet than a pong postpones the end once', () => {
  const session = arrive(false)
  jest.advanceTimersByTime(PING_INTERVAL_MS + PING_TIMEOUT_MS - 500)
  expect(session.hasRefreshedPingTimeout).toBe(false)
  session.pingTimeoutTimer!.refresh()
  jest.advanceTimersByTime(PING_TIMEOUT_MS - 200)
  expect(session.ended).toBeUndefined()
  jest.advanceTimersByTime(500)
  expect(session.ended).toBeDefined()
})

test('those of one tenth of a second are pinged in the same tick, and who has gone is not', () => {
  const sessions = Array.from({ length: 50 }, () => {
    jest.advanceTimersByTime(1)
    return arrive()
  })
  const [gone, ...others] = sessions
  heartbeats.remove(gone as unknown as Session)
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect(gone!.pings).toEqual([])
  expect(new Set(others.flatMap(({ pings }) => pings)).size).toBe(1)
})

test('after a pause of the process a pong that lies there already counts before the time-out does', () => {
  let pausedMs = 0
  heartbeats = new Heartbeats(PINGS, () => performance.now() + pausedMs)
  const [heard, silent] = [arrive(false), arrive(false)]
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect([heard.pings.length, silent.pings.length]).toEqual([1, 1])
  pausedMs = 30_000
  // Timers come first, then what the sockets hold, then immediates.
  jest.advanceTimersToNextTimer()
  heard.pong()
  jest.advanceTimersByTime(1)
  expect(heard.ended).toBeUndefined()
  expect(silent.ended).toBeDefined()
  jest.advanceTimersByTime(PING_INTERVAL_MS + 100)
  expect(heard.pings).toHaveLength(2)
})
