import { expect, test } from '@jest/globals'
import { median } from './round-trips.ts'

test('computes the median per transport, without unanswered pings', () => {
  const over = (transport: 'websocket' | 'polling') => (ms: number) => ({ ms, transport })
  const trips = [...[9, 1, 2].map(over('websocket')), undefined, ...[40, 30].map(over('polling'))]
  expect(median(trips, 'websocket')).toBe(2)
  expect(median(trips, 'polling')).toBe(40)
  expect(median([undefined], 'polling')).toBeUndefined()
})
