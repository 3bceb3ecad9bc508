import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from '@jest/globals'
import { freePort } from './free-port.ts'
import { ROOT } from './root.ts'

/** A library that writes warnings to the console. */
const WARNING = `setInterval(() => console.warn('[warning] %s', 'of a library'), 50).unref()`

test('console output of libraries becomes JSON log lines; startup messages stay plain text', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hubbub-start-'))
  const env = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: `${await freePort()}`, LOGS_DIR: 'none' }
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(WARNING)}`, join(ROOT, 'dist/server/local/start.js')],
    { env: { ...env, DATA_DIR: directory, DRAIN_MS: '0' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const closed = once(child, 'close')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      // At least one line of the library follows the last startup message.
      if (line.includes('of a library') && lines.some((each) => each.startsWith('open '))) resolve()
    })
    child.once('exit', () => reject(new Error(`it ended:\n${lines.join('\n')}`)))
  })
  child.removeAllListeners('exit')
  child.kill('SIGTERM')
  await closed
  await rm(directory, { recursive: true })

  const libraryLines = lines
    .slice(lines.findIndex((line) => line.startsWith('store ')))
    .filter((line) => /library/.test(line))
  expect(JSON.parse(libraryLines[0]!)).toMatchObject({ level: 40, msg: '[warning] of a library' })
  expect(libraryLines.filter((line) => !line.startsWith('{'))).toEqual([])
  expect(lines.filter((line) => line.startsWith('node ')).length).toBe(3)
}, 60_000)
