import { expect, test } from '@jest/globals'
import { OverloadedError } from './append-queue.ts'
import { confirmAppend } from './confirm.ts'
import { unavailable } from './fault-error.ts'

/** Rejects with these errors, one per call, then resolves. */
function failing(...errors: Error[]) {
  let calls = 0
  const append = async () => {
    const error = errors[calls++]
    if (error) throw error
    return 'stored'
  }
  return { append, calls: () => calls }
}

test('does not retry an append that was rejected before it was written', async () => {
  const { append, calls } = failing(new OverloadedError(500))
  await expect(confirmAppend(append)).rejects.toThrow(OverloadedError)
  expect(calls()).toBe(1)
})

test('retries an append that may be stored, also after a rejected retry', async () => {
  const { append, calls } = failing(unavailable(), new OverloadedError(500))
  expect(await confirmAppend(append)).toBe('stored')
  expect(calls()).toBe(3)
})

test('rejects with the last error when the time is up', async () => {
  const { append } = failing(...Array.from({ length: 10 }, () => unavailable('Not yet.')))
  await expect(confirmAppend(append, 300)).rejects.toThrow('Not yet.')
})
