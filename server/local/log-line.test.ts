import { expect, test } from '@jest/globals'
import { readable } from './log-line.ts'

const node = (entry: object) => readable('n1', JSON.stringify({ time: 1795256759000, node: 'n1', ...entry }))

test('formats a node’s line as its message, with its level above info and its fields', () => {
  expect(node({ level: 30, msg: 'ready' })).toBe('ready')
  expect(node({ level: 30, port: 9001, signal: 'SIGTERM', msg: 'draining' })).toBe(
    'draining (port=9001, signal=SIGTERM)',
  )
  expect(node({ level: 40, room: { id: 'lobby' }, msg: 'slow' })).toBe('warning: slow (room={"id":"lobby"})')
  expect(node({ level: 50, err: { message: 'no', stack: 'Error: no\n    at here' }, msg: 'broken' })).toBe(
    'error: broken\nError: no\n    at here',
  )
})

test('leaves lines unchanged that are not JSON log lines', () => {
  for (const line of ['PORT is "x"; give a whole number', '{ broken', '{"a":1}', '{}', '[1]', '']) {
    expect(readable('n1', line)).toBe(line)
  }
})

test('keeps only the warnings of Redis', () => {
  const at = '9588:M 21 Nov 2026 10:25:57.653'
  expect(readable('redis', `${at.replace('M', 'C')} # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo`)).toBeUndefined()
  expect(readable('redis', `${at} # Redis version=7.0.15, bits=64`)).toBeUndefined()
  expect(readable('redis', `${at} * Ready to accept connections`)).toBeUndefined()
  expect(readable('redis', `${at} # WARNING Memory overcommit must be enabled!`)).toBe(
    'WARNING Memory overcommit must be enabled!',
  )
  const signalled = '9588:signal-handler (1795256759) Received SIGTERM scheduling shutdown...'
  expect(readable('redis', signalled)).toBe(signalled)
})
