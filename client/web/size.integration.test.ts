import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'

/** Compressed scripts that a phone on a slow network loads before the first render. */
const SCRIPT_MAX_BYTES = 70_000

/** A built file and its static imports, without dynamic ones. */
function scriptsOf(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, name] of text.matchAll(/(?:import|from)\s*["'](\.[^"']+)["']/g))
    scriptsOf(join(dirname(file), name!), found)
  return found
}

test('the page’s scripts are at most 70 kB compressed', () => {
  const page = readFileSync('dist/page/index.html', 'utf8')
  const entries = [...page.matchAll(/<script[^>]+src="([^"]+)"/g)].map(([, src]) => join('dist/page', src!))
  expect(entries.length).toBeGreaterThan(0)
  const scripts = [...new Set(entries.flatMap((entry) => [...scriptsOf(entry)]))]
  const bytes = scripts.map((file) => gzipSync(readFileSync(file)).length)
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(SCRIPT_MAX_BYTES)
})
