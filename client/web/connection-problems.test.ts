import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { ChatClient } from '../sdk/client.ts'
import { ChatFault } from '../sdk/fault.ts'
import { problemText, unreachable, watchConnection } from './connection-problems.ts'
import { chat, connectionState, pendingCount, unpersistedCount } from './state.ts'

beforeEach(() => {
  jest.useFakeTimers()
  chat.value = {} as ChatClient
  connectionState.value = { state: 'live' }
})
afterEach(() => {
  chat.value = undefined
  jest.useRealTimers()
})
watchConnection()

test('does not show a problem that is shorter than a second', () => {
  connectionState.value = { state: 'connecting' }
  jest.advanceTimersByTime(500)
  connectionState.value = { state: 'syncing' }
  jest.advanceTimersByTime(499)
  expect(problemText()).toBe('')
  connectionState.value = { state: 'live' }
  jest.advanceTimersByTime(5_000)
  connectionState.value = { state: 'live', storeAway: true }
  jest.advanceTimersByTime(999)
  expect(problemText()).toBe('')
})

test('shows a longer problem with the number of unsent messages until it ends', () => {
  connectionState.value = { state: 'offline' }
  jest.advanceTimersByTime(1_000)
  expect(problemText()).toBe("You're offline. Reconnecting…")
  connectionState.value = { state: 'connecting' }
  pendingCount.value = 1
  expect(problemText()).toBe("You're offline. Reconnecting… 1 unsent message.")
  connectionState.value = { state: 'syncing' }
  pendingCount.value = 2
  unpersistedCount.value = 1
  expect(problemText()).toMatch(/^Reconnected. Catching up… 2 unsent messages. Keep this page open/)
  connectionState.value = { state: 'live', storeAway: true }
  pendingCount.value = unpersistedCount.value = 0
  expect(problemText()).toMatch(/^Messages can't be delivered right now/)
  connectionState.value = { state: 'live' }
  expect(problemText()).toBe('')
})

test('shows the reason that the server gave instead of the state', () => {
  const fault = new ChatFault({ code: 'too_many_connections', message: 'Close another one.', retryable: true })
  connectionState.value = { state: 'offline', fault }
  jest.advanceTimersByTime(1_000)
  expect(problemText()).toMatch(/^You have too many windows open. Close another one/)
})

test('the chat counts as unreachable only after a failed attempt', () => {
  connectionState.value = { state: 'offline' }
  expect(unreachable.value).toBe(false)
  connectionState.value = { state: 'connecting' }
  expect(unreachable.value).toBe(false)
  connectionState.value = { state: 'offline' }
  expect(unreachable.value).toBe(true)
  connectionState.value = { state: 'syncing' }
  expect(unreachable.value).toBe(false)
})
