import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Socket as Session } from 'engine.io'
import { AdmissionControl } from './admission-control.ts'

let blockedMs = 0
let evicted: Session[] = []
let admission: AdmissionControl
beforeEach(() => {
  jest.useFakeTimers()
  blockedMs = 0
  evicted = []
  admission = new AdmissionControl(
    (session) => evicted.push(session),
    () => performance.now() + blockedMs,
  )
})
afterEach(() => {
  admission.close()
  jest.useRealTimers()
})

/** So many sessions of one address arrive. */
const arrive = (count: number, address: string): Session[] =>
  Array.from({ length: count }, () => {
    const session = {} as unknown as Session
    admission.arrive(session, address)
    return session
  })

/** A loop that was blocked: time has passed, and no timer has run. */
const block = (ms: number) => {
  blockedMs += ms
}

test('500 at once always; more only while the event loop keeps up', () => {
  const [first] = arrive(499, 'a')
  block(200)
  expect(admission.admits('a')).toBe(true)
  arrive(1, 'a')
  expect(admission.admits('a')).toBe(false)

  admission.remove(first!)
  expect(admission.admits('a')).toBe(true)
  arrive(1, 'a')
  expect(admission.admits('a')).toBe(false)
})

test('a loop that has caught up admits newcomers again', () => {
  arrive(600, 'a')
  expect(admission.admits('a')).toBe(true)
  block(200)
  expect(admission.admits('a')).toBe(false)
  jest.advanceTimersByTime(500)
  expect(admission.admits('a')).toBe(true)
})

test('a full node evicts the oldest half-open session of the address with the most', () => {
  const flood = arrive(400, 'flood')
  arrive(100, 'other flood')
  block(200)
  for (const newcomer of ['newcomer', 'another']) {
    expect(admission.admits(newcomer)).toBe(true)
    arrive(1, newcomer)
  }
  expect(evicted).toEqual(flood.slice(0, 2))
  expect(admission.admits('flood')).toBe(false)
  expect(evicted).toHaveLength(2)
})

test('sessions that have sent CONNECT are never evicted', () => {
  const flood = arrive(500, 'flood')
  for (const session of flood.slice(0, 499)) admission.connect(session)
  block(200)
  expect(admission.admits('newcomer')).toBe(true)
  expect(evicted).toEqual([flood[499]])
  arrive(1, 'newcomer')
  expect(admission.admits('another')).toBe(false)
})

test('a session whose CONNECT was refused may be evicted again', () => {
  const flood = arrive(500, 'flood')
  for (const session of flood) admission.connect(session)
  block(200)
  expect(admission.admits('newcomer')).toBe(false)
  admission.halfOpen(flood[7]!)
  expect(admission.admits('newcomer')).toBe(true)
  expect(evicted).toEqual([flood[7]])
})

test('addresses with a fair share do not displace each other', () => {
  for (let i = 0; i < 500; i++) arrive(1, `user ${i}`)
  block(200)
  expect(admission.admits('one more')).toBe(false)
  expect(evicted).toEqual([])
})

test('no address has more than its share for long, however many flood', () => {
  for (let i = 0; i < 10; i++) arrive(50, `flood ${i}`)
  block(200)
  // 45 of each when the newcomers have as many: further ones would displace what they displaced.
  let admitted = 0
  while (admission.admits('newcomer')) {
    arrive(1, 'newcomer')
    admitted++
  }
  expect(admitted).toBeGreaterThanOrEqual(44)
  expect(evicted).toHaveLength(admitted)
})
