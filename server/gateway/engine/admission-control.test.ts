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

/** Adds `count` arriving sessions of one address. */
const arrive = (count: number, address: string): Session[] =>
  Array.from({ length: count }, () => {
    const session = {} as unknown as Session
    admission.arrive(session, address)
    return session
  })

/** Simulates a blocked event loop: time passes, and no timer runs. */
const block = (ms: number) => {
  blockedMs += ms
}

test('admits 500 sessions at once, and more only while the event loop keeps up', () => {
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

test('admits sessions again when the event loop has caught up', () => {
  arrive(600, 'a')
  expect(admission.admits('a')).toBe(true)
  block(200)
  expect(admission.admits('a')).toBe(false)
  jest.advanceTimersByTime(500)
  expect(admission.admits('a')).toBe(true)
})

test('evicts the oldest half-open session of the address that has the most when full', () => {
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

test('never evicts sessions that have sent CONNECT', () => {
  const flood = arrive(500, 'flood')
  for (const session of flood.slice(0, 499)) admission.connect(session)
  block(200)
  expect(admission.admits('newcomer')).toBe(true)
  expect(evicted).toEqual([flood[499]])
  arrive(1, 'newcomer')
  expect(admission.admits('another')).toBe(false)
})

test('may evict a session whose CONNECT was rejected', () => {
  const flood = arrive(500, 'flood')
  for (const session of flood) admission.connect(session)
  block(200)
  expect(admission.admits('newcomer')).toBe(false)
  admission.halfOpen(flood[7]!)
  expect(admission.admits('newcomer')).toBe(true)
  expect(evicted).toEqual([flood[7]])
})

test('does not let addresses with equal shares evict each other', () => {
  for (let i = 0; i < 500; i++) arrive(1, `user ${i}`)
  block(200)
  expect(admission.admits('one more')).toBe(false)
  expect(evicted).toEqual([])
})

test('bounds each address to its share, however many addresses flood', () => {
  for (let i = 0; i < 10; i++) arrive(50, `flood ${i}`)
  block(200)
  // 45 each once the new addresses have as many: further evictions would only swap places.
  let admitted = 0
  while (admission.admits('newcomer')) {
    arrive(1, 'newcomer')
    admitted++
  }
  expect(admitted).toBeGreaterThanOrEqual(44)
  expect(evicted).toHaveLength(admitted)
})
