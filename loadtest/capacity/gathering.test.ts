import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Entry } from '../../protocol/entry.ts'
import { FANOUT_WINDOW_MS } from '../../protocol/limits.ts'
import { Fanout } from '../../server/domain/fanout.ts'
import { fitDelivery, microsPerDelivery, packetsPerEntry } from './gathering.ts'

const entry: Entry = { seq: 1, kind: 'message', room: 'lobby', at: 0, by: { id: 'ada', name: 'Ada' }, text: 'hello' }

describe('packets per entry', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  test.each([5, 30, 60, 100, 300, 1_000])('match those of the fan-out at %i random entries/s', (rate) => {
    const entries = 20_000
    let packets = 0
    const fanout = new Fanout(() => packets++)
    // The generator of Numerical Recipes, for a repeatable sequence.
    let state = 7
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return (state + 0.5) / 2 ** 32
    }
    // Fake timers have a resolution of one millisecond.
    let at = 0
    let shown = 0
    for (let i = 0; i < entries; i++) {
      at += (-Math.log(random()) / rate) * 1_000
      const ahead = Math.floor(at) - shown
      jest.advanceTimersByTime(ahead)
      shown += ahead
      fanout.add(entry)
    }
    jest.advanceTimersByTime(2 * FANOUT_WINDOW_MS)
    fanout.close()
    expect(packets / entries / packetsPerEntry(rate)).toBeGreaterThan(0.9)
    expect(packets / entries / packetsPerEntry(rate)).toBeLessThan(1.1)
  })

  test('are one per entry in a quiet room and one per window in a busy room', () => {
    expect(packetsPerEntry(0)).toBe(1)
    expect(packetsPerEntry(0.01)).toBeCloseTo(1, 3)
    expect(packetsPerEntry(5_000)).toBeCloseTo(1 / (1 + (5_000 * FANOUT_WINDOW_MS) / 1_000), 6)
  })
})

describe('the cost of a delivery', () => {
  test('is recovered from its own points', () => {
    const cost = { perPacket: 7.5, perEntry: 0.4 }
    const points = [10, 100, 300, 1_000].map((messagesPerSecond) => ({
      messagesPerSecond,
      microsPerDelivery: microsPerDelivery(cost, messagesPerSecond),
    }))
    const found = fitDelivery(points)
    expect(found.perPacket).toBeCloseTo(7.5, 6)
    expect(found.perEntry).toBeCloseTo(0.4, 6)
  })

  test('is attributed to the write if only one rate was measured', () => {
    const found = fitDelivery([{ messagesPerSecond: 100, microsPerDelivery: 6 }])
    expect(found.perEntry).toBe(0)
    expect(microsPerDelivery(found, 100)).toBeCloseTo(6, 6)
  })

  test('is never negative', () => {
    const steeper = fitDelivery([
      { messagesPerSecond: 10, microsPerDelivery: 9 },
      { messagesPerSecond: 1_000, microsPerDelivery: 0.2 },
    ])
    expect(steeper.perEntry).toBe(0)
    expect(steeper.perPacket).toBeGreaterThan(0)
    const rising = fitDelivery([
      { messagesPerSecond: 10, microsPerDelivery: 1 },
      { messagesPerSecond: 1_000, microsPerDelivery: 2 },
    ])
    expect(rising.perPacket).toBe(0)
    expect(rising.perEntry).toBeGreaterThan(1)
  })
})
