import { expect, test } from '@jest/globals'
import { ConcurrencyLimit } from './concurrency-limit.ts'

test('runs at most the given number of tasks at a time, in FIFO order, also after a failure', async () => {
  const concurrencyLimit = new ConcurrencyLimit(2)
  const begun: number[] = []
  const ends: ((fails?: Error) => void)[] = []
  const task = (number: number) =>
    concurrencyLimit.run(() => {
      begun.push(number)
      return new Promise<number>((resolve, reject) => {
        ends[number] = (error) => (error ? reject(error) : resolve(number))
      })
    })
  const all = Promise.allSettled([0, 1, 2, 3, 4].map(task))
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  await settled()
  expect(begun).toEqual([0, 1])
  ends[1]!(new Error('no'))
  await settled()
  expect(begun).toEqual([0, 1, 2])
  for (const number of [0, 2, 3, 4]) {
    ends[number]!()
    await settled()
  }
  expect(begun).toEqual([0, 1, 2, 3, 4])
  expect((await all).map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true])
  expect(await concurrencyLimit.run(async () => 'free again')).toBe('free again')
})
