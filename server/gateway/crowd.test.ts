import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Socket as Session } from 'engine.io'
import { Crowd } from './crowd.ts'

let blockedMs = 0
const now = () => performance.now() + blockedMs
beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const session = () => ({}) as unknown as Session

/** A loop that was blocked: time has passed, and no timer has run. */
const block = (ms: number) => {
  blockedMs += ms
}

test('500 at once always; more only while the event loop keeps up', () => {
  const crowd = new Crowd(now)
  const arriving = Array.from({ length: 499 }, session)
  for (const each of arriving) crowd.arrives(each)
  block(200)
  expect(crowd.full).toBe(false)
  crowd.arrives(session())
  expect(crowd.full).toBe(true)

  crowd.remove(arriving[0]!)
  expect(crowd.full).toBe(false)
  crowd.arrives(session())
  expect(crowd.full).toBe(true)
  crowd.close()
})

test('a loop that has caught up lets people in again', () => {
  const crowd = new Crowd(now)
  for (let i = 0; i < 600; i++) crowd.arrives(session())
  expect(crowd.full).toBe(false)
  block(200)
  expect(crowd.full).toBe(true)
  jest.advanceTimersByTime(500)
  expect(crowd.full).toBe(false)
  crowd.close()
})
