import { expect, test } from '@jest/globals'
import { FaultError, unavailable } from './fault-error.ts'
import { retry } from './retry.ts'

/** Returns the next of these answers at each call; throws those that are errors. */
function answering(...answers: unknown[]) {
  return async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
}

const soon = () => unavailable('Away.', 1)
const open = new AbortController().signal

test('retries temporary errors', async () => {
  expect(await retry(open, answering(soon(), soon(), 'there'))).toBe('there')
})

test('does not retry permanent errors, nor after an abort', async () => {
  const never = new FaultError('not_in_room', 'It is over.')
  await expect(retry(open, answering(soon(), never, 'there'))).rejects.toBe(never)
  const away = soon()
  await expect(retry(AbortSignal.abort(), answering(away, 'there'))).rejects.toBe(away)
})
