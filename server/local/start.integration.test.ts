import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from '@jest/globals'
import { freePort } from './free-port.ts'
import { ROOT } from './root.ts'

/** Stands for a library that warns now and then. */
const WARNING = `setInterval(() => console.warn('[warning] %s', 'of a library'), 50).unref()`

test('lines that libraries write to the console are lines of the JSON log; those for people stay plain', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hubbub-start-'))
  const env = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: `${await freePort()}`, LOGS_DIR: 'none' }
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(WARNING)}`, join(ROOT, 'dist/server/local/start.js')],
    { env: { ...env, DATA_DIR: directory, DRAIN_MS: '0' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const gone = once(child, 'close')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      // At least one line of the library comes after the last one for people.
      if (line.includes('of a library') && lines.some((each) => each.startsWith('page '))) resolve()
    })
    child.once('exit', () => reject(new Error(`it ended:\n${lines.join('\n')}`)))
  })
  child.removeAllListeners('exit')
  child.kill('SIGTERM')
  await gone
  await rm(directory, { recursive: true })

  const heard = lines.slice(lines.findIndex((line) => line.startsWith('store '))).filter((line) => /library/.test(line))
  expect(JSON.parse(heard[0]!)).toMatchObject({ level: 40, msg: '[warning] of a library' })
  expect(heard.filter((line) => !line.startsWith('{'))).toEqual([])
  expect(lines.filter((line) => line.startsWith('node ')).length).toBe(3)
}, 60_000)
