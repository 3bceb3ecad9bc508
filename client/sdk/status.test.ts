import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Request } from './connection.ts'
import { ChatFault, unanswered } from './fault.ts'
import { StatusSender } from './status.ts'

function setUp(...faults: ChatFault[]) {
  const sent: string[] = []
  const request = (async (_: string, { status }: { status: string }) => {
    sent.push(status)
    const fault = faults.shift()
    if (fault) throw fault
    return {}
  }) as unknown as Request
  return { sent, status: new StatusSender(request) }
}

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('status', () => {
  test('is sent on each connection, unless it is the default', async () => {
    const { status, sent } = setUp()
    status.onConnected()
    await status.set('busy')
    status.onDisconnected()
    await status.set('away')
    status.onConnected()
    await status.set('online')
    status.onDisconnected()
    status.onConnected()
    expect(sent).toEqual(['busy', 'away', 'online'])
  })

  test('is retried until a node has applied it, unless it has changed', async () => {
    const { status, sent } = setUp(unanswered('lost'), unanswered('lost'))
    status.onConnected()
    const away = status.set('away')
    const busy = status.set('busy')
    await jest.advanceTimersByTimeAsync(1_000)
    await Promise.all([away, busy])
    expect(sent).toEqual(['away', 'busy', 'busy'])
  })

  test('rejects when a node rejects it for good', async () => {
    const { status } = setUp(new ChatFault({ code: 'bad_input', message: 'No.', retryable: false }))
    status.onConnected()
    await expect(status.set('away')).rejects.toMatchObject({ code: 'bad_input' })
  })
})
