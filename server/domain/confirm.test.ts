import { expect, test } from '@jest/globals'
import { OverloadedError } from './append-queue.ts'
import { confirmAppend } from './confirm.ts'
import { unavailable } from './fault-error.ts'

/** Rejects with these, one a call, then resolves. */
function failing(...errors: Error[]) {
  let calls = 0
  const append = async () => {
    const error = errors[calls++]
    if (error) throw error
    return 'stored'
  }
  return { append, calls: () => calls }
}

test('what was refused before it was written is not repeated', async () => {
  const { append, calls } = failing(new OverloadedError(500))
  await expect(confirmAppend(append)).rejects.toThrow(OverloadedError)
  expect(calls()).toBe(1)
})

test('what may be stored is repeated, also past a refusal', async () => {
  const { append, calls } = failing(unavailable(), new OverloadedError(500))
  expect(await confirmAppend(append)).toBe('stored')
  expect(calls()).toBe(3)
})

test('when the time is up, the last error says so', async () => {
  const { append } = failing(...Array.from({ length: 10 }, () => unavailable('Not yet.')))
  await expect(confirmAppend(append, 300)).rejects.toThrow('Not yet.')
})
