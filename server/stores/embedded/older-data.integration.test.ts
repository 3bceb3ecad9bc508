import { cp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from '@jest/globals'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { suiteSettings } from '../conformance/cluster.ts'
import { olderData } from '../conformance/older-data.ts'
import { openDisk } from './database.ts'
import { openEmbedded } from './embedded.ts'

const written = fileURLToPath(new URL('../fixtures/leveldb', import.meta.url))
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function copy(): Promise<string> {
  const directory = await createTempDirectory()
  await cp(written, directory, { recursive: true })
  closing.push(() => rm(directory, { recursive: true }))
  return directory
}

olderData(async (settings) => {
  const embedded = await openEmbedded(await copy())
  closing.unshift(() => embedded.close())
  const store = embedded.store(suiteSettings('n1', settings))
  await store.open()
  return store
})

test('matches of earlier processes are deleted with all of their texts', async () => {
  const directory = await copy()
  await (await openEmbedded(directory)).close()
  const disk = await openDisk(directory)
  const rows = await disk.iterator().all()
  await disk.close()
  expect(rows.length).toBeGreaterThan(100)
  expect(JSON.stringify(rows)).not.toContain('SECRET stranger')
})
