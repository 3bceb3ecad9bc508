import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from '@jest/globals'
import { ROOT } from '../../server/local/root.ts'

let undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.reverse()) await each()
  undo = []
})

test('a minute of faults causes no lost, duplicate or out-of-order entry, no ghost and no silent client', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-test-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'chaos.json')
  const { code, lines } = await ended(
    chaos(['--minutes', '0.8', '--clients', '48', '--rate', '60', '--seed', '7', '--json', json]),
  )
  // On failure, the output contains the history that shows each violation.
  if (code !== 0) throw new Error(lines.join('\n'))
  const figures = JSON.parse(readFileSync(json, 'utf8'))
  expect(figures).toMatchObject({ violations: [], options: { seed: 7 } })
  expect(figures.acknowledged).toBeGreaterThan(1_500)
  expect(figures.delivered).toBeGreaterThan(10 * figures.acknowledged)
  expect(figures.faults.length).toBeGreaterThanOrEqual(8)
  expect(Object.keys(figures.faultsByKind).length).toBeGreaterThanOrEqual(7)
  expect(lines.join('\n')).toMatch(/^violations +0$/m)
}, 240_000)

test('Ctrl-C stops the run and all of its processes', async () => {
  const child = chaos(['--clients', '12'])
  const { lines, code } = await ended(child, (line) => {
    if (line.includes('of 10:00 · 1')) child.kill('SIGINT')
  })
  expect(lines.at(-1)).toBe('Interrupted; nothing was checked.')
  expect(code).toBe(130)
}, 60_000)

test('invalid flags print one sentence each and the usage', async () => {
  const { lines, code } = await ended(chaos(['--minutes', 'ten', '--frobnicate']))
  expect(code).toBe(1)
  expect(lines.slice(0, 2)).toEqual([
    'Unknown option --frobnicate.',
    '--minutes must be a number from 0.5 to 1440, not "ten".',
  ])
  expect(lines.join('\n')).toContain('Usage: npm run chaos')
})

function chaos(args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'dist/loadtest/chaos/chaos.js'), ...args], { cwd: ROOT })
  undo.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return child
}

async function ended(
  child: ChildProcess,
  hear = (_: string): void => {},
): Promise<{ lines: string[]; code: number | null }> {
  const lines: string[] = []
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      hear(line)
    })
  }
  const [code] = await once(child, 'close')
  return { lines, code }
}
