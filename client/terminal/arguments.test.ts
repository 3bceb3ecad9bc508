import { describe, expect, test } from '@jest/globals'
import { readArguments } from './arguments.ts'
import { type ExitError, exitCode } from './exit-code.ts'

test('what is not said has a default', () => {
  expect(readArguments(['--name', 'ada'], {})).toMatchObject({
    mode: 'chat',
    url: 'http://localhost:8080',
    rooms: ['lobby'],
    transports: undefined,
    timeoutMs: 15_000,
  })
  expect(readArguments(['--name', 'ada'], { HUBBUB_URL: 'https://chat.example' }).url).toBe('https://chat.example')
  expect(readArguments(['stress', '--clients', '95', '--name', 'a'], {})).toMatchObject({
    mode: 'stress',
    stressRooms: 10,
  })
})

describe('what is wrong is said in a sentence, all of it at once', () => {
  const problem = (...argv: string[]): string => {
    try {
      readArguments(['--name', 'ada', ...argv], {})
    } catch (error) {
      expect((error as ExitError).code).toBe(exitCode.usage)
      return (error as ExitError).message
    }
    throw new Error('nothing was wrong')
  }
  test.each([
    [['--url', 'chat'], '--url is an address such as http://localhost:8080, without a path, not "chat".'],
    [['--url', 'http://a/b'], 'without a path, not "http://a/b".'],
    [['--room', 'No Such'], '--room "No Such" must be 1–64 of'],
    [['--name', '\u202Eada'], 'must not hold control or direction characters.'],
    [['--transport', 'pigeon'], 'The transport is websocket, polling or auto, not "pigeon".'],
    [['--rate', '0'], '--rate is a number from 0.01 to 20, not "0".'],
    [['--clients', '1.5'], '--clients is a whole number from 2 to 10000, not "1.5".'],
    [['--nmae', 'ada'], "Unknown option '--nmae'"],
    [['dmeo'], 'There is no "dmeo": it is demo, stress, or neither.'],
    [['chat', 'Lovelace'], '"Lovelace" belongs to no flag; a name with spaces needs quotes.'],
  ])('%j', (argv, sentence) => {
    expect(problem(...argv)).toContain(sentence)
  })

  test('several', () => {
    expect(problem('--url', 'x', '--rate', 'y').split('\n')).toHaveLength(3)
  })
})
