import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Request } from './connection.ts'
import { ChatFault, unanswered } from './fault.ts'
import { StatusSender } from './status.ts'

function setUp(...faults: ChatFault[]) {
  const said: string[] = []
  const request = (async (_: string, { status }: { status: string }) => {
    said.push(status)
    const fault = faults.shift()
    if (fault) throw fault
    return {}
  }) as unknown as Request
  return { said, status: new StatusSender(request) }
}

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('one’s own status', () => {
  test('is said on each connection, but for the one that every connection begins with', async () => {
    const { status, said } = setUp()
    status.begin()
    await status.set('busy')
    status.lost()
    await status.set('away')
    status.begin()
    await status.set('online')
    status.lost()
    status.begin()
    expect(said).toEqual(['busy', 'away', 'online'])
  })

  test('is said again until a node has it, unless the wish changed', async () => {
    const { status, said } = setUp(unanswered('lost'), unanswered('lost'))
    status.begin()
    const away = status.set('away')
    const busy = status.set('busy')
    await jest.advanceTimersByTimeAsync(1_000)
    await Promise.all([away, busy])
    expect(said).toEqual(['away', 'busy', 'busy'])
  })

  test('a refusal is thrown', async () => {
    const { status } = setUp(new ChatFault({ code: 'bad_input', message: 'No.', retryable: false }))
    status.begin()
    await expect(status.set('away')).rejects.toMatchObject({ code: 'bad_input' })
  })
})
