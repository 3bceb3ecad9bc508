import { describe, expect, test } from '@jest/globals'
import { readArguments } from './arguments.ts'
import { type ExitError, exitCode } from './exit-code.ts'

test('options have defaults', () => {
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

describe('reports every problem of a command line', () => {
  const problem = (...argv: string[]): string => {
    try {
      readArguments(['--name', 'ada', ...argv], {})
    } catch (error) {
      expect((error as ExitError).code).toBe(exitCode.usage)
      return (error as ExitError).message
    }
    throw new Error('no error was thrown')
  }
  test.each([
    [['--url', 'chat'], '--url must be an address such as http://localhost:8080, without a path, not "chat".'],
    [['--url', 'http://a/b'], 'without a path, not "http://a/b".'],
    [['--room', 'No Such'], '--room "No Such" must be 1–64 of'],
    [['--name', '\u202Eada'], 'must not hold control or direction characters.'],
    [['--transport', 'pigeon'], 'The transport must be websocket, polling or auto, not "pigeon".'],
    [['--rate', '0'], '--rate must be a number from 0.01 to 20, not "0".'],
    [['--clients', '1.5'], '--clients must be an integer from 2 to 10000, not "1.5".'],
    [['--nmae', 'ada'], "Unknown option '--nmae'"],
    [['dmeo'], 'Unknown mode "dmeo": use demo, stress, or no mode to chat.'],
    [['chat', 'Lovelace'], 'Unexpected argument "Lovelace". Put values that contain spaces in quotes.'],
  ])('%j', (argv, sentence) => {
    expect(problem(...argv)).toContain(sentence)
  })

  test('reports several problems at once', () => {
    expect(problem('--url', 'x', '--rate', 'y').split('\n')).toHaveLength(3)
  })
})
