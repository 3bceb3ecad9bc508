import { expect, test } from '@jest/globals'
import { TEXT_MAX_CHARS } from '../../protocol/limits.ts'
import { parseMarkup } from './marked-text.ts'

const text = (text: string) => ({ type: 'text', text })

test('parses markup and plain text', () => {
  expect(parseMarkup('a **b** *größer* _it_ ~~c~~ `d*e*` f')).toEqual([
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
  expect(parseMarkup('see\n```js\nlet *a*\n```\nthere')).toEqual([
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
  const spans = parseMarkup(plain)
  expect(spans.map((span) => ('text' in span ? span.text : '?')).join('')).toBe(plain)
  expect(spans.filter(({ type }) => type !== 'text' && type !== 'link')).toEqual([])
})

test.each([
  ['https://a.example/x_(y).', 'https://a.example/x_(y)'],
  ['(see http://a.example/b?c=d&e=*f*)', 'http://a.example/b?c=d&e=*f'],
  ['HTTPS://A.example, too', 'HTTPS://A.example'],
  ['mailto:ada@a.example!', 'mailto:ada@a.example'],
])('in “%s”, %s is an address', (from, address) => {
  expect(parseMarkup(from).filter(({ type }) => type === 'link')).toEqual([{ type: 'link', text: address }])
})

test.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//a.example'])(
  '%s is none',
  (other) => {
    expect(parseMarkup(other)).toEqual([text(other)])
  },
)

/** The minimum CPU time of five runs in milliseconds. Unlike wall-clock time, it is independent of other processes. */
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
    return fastest(() => parseMarkup(long, people))
  }
  timeFor(1_000)
  // Linear growth would be a factor of 16, quadratic growth 256.
  expect(timeFor(16_000)).toBeLessThan(100 * timeFor(1_000) + 5)
})

test('parses mentions', () => {
  const people = ['Ada Lovelace', 'דנה', 'Ada']
  const spoken = (text: string) =>
    parseMarkup(text, people).flatMap((span) => (span.type === 'mention' ? [span.text] : []))
  expect(spoken('@ada lovelace and (@Ada), @דנה! not @Adam, @ada_too, me@ada or @Eve')).toEqual([
    '@ada lovelace',
    '@Ada',
    '@דנה',
  ])
})

test('parses every hostile pattern quickly', () => {
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
    parseMarkup(long, ['Ada'])
    // About 50 ms in the worst case; superlinear parsing would take many seconds.
    expect(performance.now() - before).toBeLessThan(3_000)
  }
})
