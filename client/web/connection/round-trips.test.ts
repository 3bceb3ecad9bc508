import { expect, test } from '@jest/globals'
import { median } from './round-trips.ts'

test('each transport has a median of its own, over what was answered', () => {
  const by = (by: 'websocket' | 'polling') => (ms: number) => ({ ms, by })
  const trips = [...[9, 1, 2].map(by('websocket')), undefined, ...[40, 30].map(by('polling'))]
  expect(median(trips, 'websocket')).toBe(2)
  expect(median(trips, 'polling')).toBe(40)
  expect(median([undefined], 'polling')).toBeUndefined()
})
