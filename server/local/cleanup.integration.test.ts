import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { Cleanup } from './cleanup.ts'

test('a watchdog that fails at once is not restarted in a tight loop', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-test-'))
  const starts = join(folder, 'starts')
  const broken = join(folder, 'broken.mjs')
  writeFileSync(starts, '')
  writeFileSync(broken, `import { appendFileSync } from 'node:fs'\nappendFileSync(${JSON.stringify(starts)}, 'x')\n`)

  const cleanup = new Cleanup(() => [], broken)
  cleanup.update()
  while (readFileSync(starts, 'utf8') === '') await delay(20)
  // Enough time for a dozen restarts, also with updates in between.
  for (let i = 0; i < 10; i += 1) {
    await delay(100)
    cleanup.update()
  }
  expect(readFileSync(starts, 'utf8')).toBe('x')
  await cleanup.close()
  rmSync(folder, { recursive: true })
})
