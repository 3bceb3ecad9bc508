import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { ChatClient } from '../sdk/client.ts'
import { ChatFault } from '../sdk/fault.ts'
import { problemText, unreachable, watchConnection } from './connection-problems.ts'
import { chat, connectionState, unkept, waiting } from './state.ts'

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

test('what is over within a second is not worth a word', () => {
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

test('what lasts is said, with what waits, until it is over', () => {
  connectionState.value = { state: 'offline' }
  jest.advanceTimersByTime(1_000)
  expect(problemText()).toBe('You are offline. Trying again…')
  connectionState.value = { state: 'connecting' }
  waiting.value = 1
  expect(problemText()).toBe('You are offline. Trying again… One message waits to be sent.')
  connectionState.value = { state: 'syncing' }
  waiting.value = 2
  unkept.value = 1
  expect(problemText()).toMatch(/^Back again. Reading what you missed… 2 messages wait to be sent. Leave this page/)
  connectionState.value = { state: 'live', storeAway: true }
  waiting.value = unkept.value = 0
  expect(problemText()).toMatch(/^Messages cannot be delivered right now/)
  connectionState.value = { state: 'live' }
  expect(problemText()).toBe('')
})

test('where a node said why, it is said in its place', () => {
  const fault = new ChatFault({ code: 'too_many_connections', message: 'Close another one.', retryable: true })
  connectionState.value = { state: 'offline', fault }
  jest.advanceTimersByTime(1_000)
  expect(problemText()).toMatch(/^You have this chat open too many times. Close another window/)
})

test('nobody is told that the chat cannot be reached before it was tried', () => {
  connectionState.value = { state: 'offline' }
  expect(unreachable.value).toBe(false)
  connectionState.value = { state: 'connecting' }
  expect(unreachable.value).toBe(false)
  connectionState.value = { state: 'offline' }
  expect(unreachable.value).toBe(true)
  connectionState.value = { state: 'syncing' }
  expect(unreachable.value).toBe(false)
})
