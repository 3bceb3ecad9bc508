import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'
import { analyse } from 'scslre'

/**
 * A regular expression with super-linear running time lets a single request block a node (ReDoS). scslre finds such
 * expressions by static analysis: adjacent quantifiers that match the same characters, or one that restarts at each
 * character.
 */
const sources = ['protocol', 'server', 'client'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file)),
)

interface Expression {
  file: string
  source: string
  flags: string
}

function expressionsOf(file: string): Expression[] {
  const found: Expression[] = []
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk)
    else if (typeof node === 'object' && node !== null) {
      const { type, pattern, flags } = node as { type?: string; pattern?: string; flags?: string }
      if (type === 'RegExpLiteral') found.push({ file, source: pattern ?? '', flags: flags ?? '' })
      Object.values(node).forEach(walk)
    }
  }
  walk(parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', tsx: file.endsWith('x'), target: 'es2022' }).body)
  return found
}

const slow = ({ source, flags }: Pick<Expression, 'source' | 'flags'>) => analyse({ source, flags }).reports.length > 0

test('every regular expression runs in linear time', () => {
  const all = sources.flatMap(expressionsOf)
  expect(all.length).toBeGreaterThan(50)
  expect(all.filter(slow).map(({ file, source, flags }) => `${file}: /${source}/${flags}`)).toEqual([])
})

test.each(['^Bearer +(.+?) *$', '(a+)+b', 'x*y*x*z'])('%s would be found', (source) => {
  expect(slow({ source, flags: '' })).toBe(true)
})
