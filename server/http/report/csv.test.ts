import { expect, test } from '@jest/globals'
import { csv } from './csv.ts'

test('quotes fields only if necessary and ends lines with CRLF', () => {
  expect(
    csv([
      ['a', 1, undefined, -2.5],
      ['with, comma', 'a "quoted" word', 'two\nlines', ''],
    ]),
  ).toBe('a,1,,-2.5\r\n"with, comma","a ""quoted"" word","two\nlines",\r\n')
})

test('escapes values that a spreadsheet would evaluate as a formula', () => {
  for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\r=x', ' =x', '|calc', '＝1']) {
    expect(csv([[text]]).replaceAll('"', '')).toBe(`'${text}\r\n`)
  }
  expect(csv([['a=b', '2-1']])).toBe('a=b,2-1\r\n')
})
