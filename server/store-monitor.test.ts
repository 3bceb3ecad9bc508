import { expect, test } from '@jest/globals'
import { pino } from 'pino'
import { consoleToLog } from './console-to-log.ts'
import type { StoreFailure } from './domain/store-failure.ts'
import { StoreMonitor } from './store-monitor.ts'

function recorder() {
  const lines: Record<string, unknown>[] = []
  return { lines, log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }) }
}

test('logs one line with the cause for each change of state', () => {
  const { lines, log } = recorder()
  let failure: StoreFailure | undefined
  const monitor = new StoreMonitor({ failure: () => failure }, log)
  const becomes = (cause?: StoreFailure['cause']) => {
    failure = cause && { cause, message: `It is ${cause}.` }
    monitor.check()
    monitor.check()
  }
  for (const cause of [undefined, 'wrong_password', 'read_only', undefined, 'full', undefined] as const) becomes(cause)
  monitor.close()
  expect(lines.map(({ cause, reason, msg }) => [cause, reason, msg])).toEqual([
    ['wrong_password', 'It is wrong_password.', 'the store is unavailable'],
    ['read_only', 'It is read_only.', 'the store is unavailable'],
    [undefined, undefined, 'the store is available again'],
    ['full', 'It is full.', 'the store is unavailable'],
    [undefined, undefined, 'the store is available again'],
  ])
})

test('redirects the console to the log without secrets', () => {
  const { lines, log } = recorder()
  const before = { ...console }
  consoleToLog(log, ['hunter2'])
  try {
    console.warn('[WARN] no password is required, but %s was supplied', 'hunter2')
    console.error(new Error('redis://:hunter2@host'))
  } finally {
    Object.assign(console, before)
  }
  expect(lines.map(({ level }) => level)).toEqual([40, 50])
  expect(lines[0]!.msg).toBe('[WARN] no password is required, but [redacted] was supplied')
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})
