import { expect, test } from '@jest/globals'
import { Refusal, unavailable } from '../domain/refusal.ts'
import type { Connection } from './connection.ts'
import { patiently } from './patience.ts'

/** Answers each time with the next of these; what is an error is thrown. */
function answering(...answers: unknown[]) {
  return async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
}

const soon = () => unavailable('Away.', 1)
const connection = (open: boolean) => ({ open }) as Connection

test('what may pass is asked again', async () => {
  expect(await patiently(connection(true), answering(soon(), soon(), 'there'))).toBe('there')
})

test('what does not pass is not, nor for a client that is gone', async () => {
  const never = new Refusal('not_in_room', 'It is over.')
  await expect(patiently(connection(true), answering(soon(), never, 'there'))).rejects.toBe(never)
  const away = soon()
  await expect(patiently(connection(false), answering(away, 'there'))).rejects.toBe(away)
})
