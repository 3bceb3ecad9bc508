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
