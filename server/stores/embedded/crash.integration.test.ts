import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Entry } from '../../../protocol/entry.ts'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { append, suiteSettings } from '../conformance/cluster.ts'
import { span } from '../conformance/recording-follower.ts'
import { openEmbedded } from './embedded.ts'

// Needs the compiled store: npx tsc -p tsconfig.build.json
const FLAT_OUT = fileURLToPath(new URL('./flat-out.mjs', import.meta.url))
const settings = suiteSettings('n1', { logMaxEntries: 1_000_000 })

let directory: string
let child: ChildProcess | undefined

beforeEach(async () => {
  directory = await createTempDirectory()
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

/** Runs a process that appends continuously, kills it after a number of acknowledgments, and returns those. */
async function killedAfter(answers: number): Promise<Entry[]> {
  child = spawn(process.execPath, [FLAT_OUT, directory, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const answered: Entry[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.endsWith('}')) answered.push(Entry.parse(JSON.parse(line)))
    if (answered.length === answers) child.kill('SIGKILL')
  }
  expect(await gone).toEqual([null, 'SIGKILL'])
  return answered
}

test.each([1, 500, 5_000])(
  'kill -9 after %i acknowledged appends: all of them are stored, without a gap',
  async (answers) => {
    const answered = await killedAfter(answers)
    const embedded = await openEmbedded(directory)
    const { log } = embedded.store(settings)
    const { head, entries } = await log.read('lobby', { after: 0, entries: 500 })
    while (entries.length < head) {
      const page = await log.read('lobby', { after: entries.length, entries: 500 })
      entries.push(...page.entries)
    }
    expect(answered.length).toBeGreaterThanOrEqual(answers)
    expect(entries.map((entry) => entry.seq)).toEqual(span(1, head))
    for (const entry of answered) expect(entries[entry.seq - 1]).toEqual(entry)

    for (const { by, clientId, text, seq } of [answered[0]!, answered.at(-1)!, entries.at(-1)!]) {
      const retry = await append(log, 'lobby', { kind: 'message', by, clientId, text: text! })
      expect(retry).toEqual(entries[seq - 1])
    }
    const next = await append(log, 'lobby', { kind: 'message', by: answered[0]!.by, text: 'and on' })
    expect(next.seq).toBe(head + 1)
    await embedded.close()
  },
)

test('a second process on the same directory fails with the cause and the remedy', async () => {
  child = spawn(process.execPath, [FLAT_OUT, directory, JSON.stringify(settings)])
  await once(child.stdout!, 'data')
  const refusal = openEmbedded(directory)
  await expect(refusal).rejects.toThrow(directory)
  await expect(refusal).rejects.toThrow(/in use by another process.*DATA_DIR/)
})

test('a directory that cannot be created is named, with the reason', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  await expect(openEmbedded(file)).rejects.toThrow(/file cannot be opened \(.+\).*DATA_DIR/)
})
