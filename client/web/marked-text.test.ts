import { expect, test } from '@jest/globals'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { readMarks } from './marked-text.ts'

const text = (text: string) => ({ type: 'text', text })

test('what its author marked is told from what is plain', () => {
  expect(readMarks('a **b** *größer* _it_ ~~c~~ `d*e*` f')).toEqual([
    text('a '),
    { type: 'strong', inside: [text('b')] },
    text(' '),
    { type: 'em', inside: [text('größer')] },
    text(' '),
    { type: 'em', inside: [text('it')] },
    text(' '),
    { type: 'del', inside: [text('c')] },
    text(' '),
    { type: 'code', text: 'd*e*' },
    text(' f'),
  ])
  expect(readMarks('see\n```js\nlet *a*\n```\nthere')).toEqual([
    text('see\n'),
    { type: 'block', text: 'let *a*' },
    text('there'),
  ])
})

test.each([
  '2 * 3 * 4',
  'snake_case_name',
  '**',
  '* not this',
  '<b>no</b>',
  '[label](https://a.example)_',
  '`',
  '🦊 *',
])('“%s” is plain, but for addresses', (plain) => {
  const spans = readMarks(plain)
  expect(spans.map((span) => ('text' in span ? span.text : '?')).join('')).toBe(plain)
  expect(spans.filter(({ type }) => type !== 'text' && type !== 'link')).toEqual([])
})

test.each([
  ['https://a.example/x_(y).', 'https://a.example/x_(y)'],
  ['(see http://a.example/b?c=d&e=*f*)', 'http://a.example/b?c=d&e=*f'],
  ['HTTPS://A.example, too', 'HTTPS://A.example'],
  ['mailto:ada@a.example!', 'mailto:ada@a.example'],
])('in “%s”, %s is an address', (from, address) => {
  expect(readMarks(from).filter(({ type }) => type === 'link')).toEqual([{ type: 'link', text: address }])
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//a.example'])(
  '%s is none',
  (other) => {
    expect(readMarks(other)).toEqual([text(other)])
  },
)

/** The least CPU time of five runs, in milliseconds: unlike the clock, it does not grow when other processes are busy. */
function fastest(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}

test.each(
  [
    '@',
    '*',
    '**',
    '_',
    '_a_',
    '_a',
    '~~a',
    '`',
    '``a',
    '```',
    '1',
    'a',
    ' ',
    '\n',
    '\\',
    '(',
    'a:',
    'http://a(',
    '🦊',
  ].map((u) => [u]),
)('the time for a text of %j does not grow with its square', (unit) => {
  const people = Array.from({ length: 500 }, (_, i) => `somebody number ${i}`)
  const timeFor = (chars: number) => {
    const long = unit.repeat(Math.ceil(chars / unit.length)).slice(0, chars)
    return fastest(() => readMarks(long, people))
  }
  timeFor(1_000)
  // Linear would be 16 times, quadratic 256 times as long.
  expect(timeFor(16_000)).toBeLessThan(100 * timeFor(1_000) + 5)
})

test('who is spoken to', () => {
  const people = ['Ada Lovelace', 'דנה', 'Ada']
  const spoken = (text: string) =>
    readMarks(text, people).flatMap((span) => (span.type === 'mention' ? [span.text] : []))
  expect(spoken('@ada lovelace and (@Ada), @דנה! not @Adam, @ada_too, me@ada or @Eve')).toEqual([
    '@ada lovelace',
    '@Ada',
    '@דנה',
  ])
})

test('no text takes long to read', () => {
  const pieces = [
    '*',
    '**',
    '_',
    '*_',
    '**_',
    '`',
    '```',
    '[',
    '[a](',
    '*a ',
    '**a ',
    '~~a',
    '\\',
    '@',
    'http://',
    'a:b ',
  ]
  for (const piece of [
    ...pieces,
    '*a*b ',
    '  \n',
    ' *',
    '`a``',
    '<',
    'é',
    '🦊',
    'a',
    'https://a)',
    '@A',
    '**a*',
    '*\n',
  ]) {
    const long = piece.repeat(TEXT_MAX_CHARS / piece.length)
    const before = performance.now()
    readMarks(long, ['Ada'])
    // Some 50 ms at worst; what grows without bounds takes many seconds.
    expect(performance.now() - before).toBeLessThan(3_000)
  }
})
