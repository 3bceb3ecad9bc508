import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Flush, type Kind, type Sample, SERIES } from '../../domain/journal.ts'
import type { Archive } from '../../domain/ports.ts'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { suiteSettings } from '../conformance/cluster.ts'
import { EmbeddedArchive } from './archive.ts'
import { openDisk } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { GroupCommit } from './group-commit.ts'

let directory: string
beforeEach(async () => {
  directory = await createTempDirectory()
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const flush = (number: number, more: Partial<Flush>): Flush => ({
  incarnation: 'n1.1',
  number,
  counts: { text: { messages: 2 } },
  deliveries: 0,
  now: {
    connections: 5,
    messagesPerSecond: 0,
    bytesInPerSecond: 0,
    bytesOutPerSecond: 0,
    deliveriesPerSecond: 0,
  },
  samples: [],
  events: [],
  ...more,
})
const event = (kind: Kind, details: string) => ({ kind, json: JSON.stringify({ details, kind, node: 'n1' }) })
const sampleAt = (at: number, stepMs: Sample['stepMs']) =>
  ({ node: 'n1', incarnation: 'n1.1', at, stepMs }) as unknown as Sample

/** Opens and closes the store, like one run of the process. */
async function inOneLife(work: (archive: Archive) => Promise<void>): Promise<void> {
  const embedded = await openEmbedded(directory)
  const store = embedded.store(suiteSettings('n1'))
  await store.open()
  await work(store.archive)
  await embedded.close()
}

test('totals, peaks, series and events survive the process and continue', async () => {
  const at = Date.now() - (Date.now() % 60_000)
  const events = Array.from({ length: 1_003 }, (_, i) => event('message', `${i + 1}`))
  await inOneLife((archive) => archive.add(flush(1, { events, samples: [sampleAt(at, 60_000)] })))
  await inOneLife(async (archive) => {
    const before = await archive.totals()
    expect(before).toMatchObject({ messages: 2, peaks: { connections: { value: 5 } } })
    // Flushes of different processes are independent, whatever their numbers.
    await archive.add(flush(1, { events: [event('start', 'again')] }))
    const after = await archive.totals()
    expect(after).toMatchObject({ messages: 4, since: before.since, peaks: before.peaks })
    expect(await archive.series({ stepMs: 60_000, from: at, to: at + 1 })).toEqual([sampleAt(at, 60_000)])
    const latest = await archive.events({ limit: 5_000 })
    expect(latest.next).toBe(1_004)
    expect(latest.events).toHaveLength(1_001)
    expect(latest.events[0]).toMatchObject({ n: 4, details: '4' })
    expect(latest.events.at(-1)).toMatchObject({ n: 1_004, details: 'again' })
  })
})

test('samples beyond their retention are deleted, and no others', async () => {
  const groupCommit = new GroupCommit(await openDisk(directory), async () => {})
  const embeddedArchive = new EmbeddedArchive(groupCommit)
  await embeddedArchive.init()
  const now = 2_000_000_000_000
  const samples = SERIES.flatMap(({ stepMs, keepMs }) => [
    sampleAt(now - keepMs - 1, stepMs),
    sampleAt(now - keepMs, stepMs),
    sampleAt(now, stepMs),
  ])
  await embeddedArchive.add(flush(1, { samples }))
  await embeddedArchive.tidy(now)
  for (const { stepMs, keepMs } of SERIES) {
    const left = await embeddedArchive.series({ stepMs, from: 0, to: Infinity })
    expect(left.map(({ at }) => at)).toEqual([now - keepMs, now])
  }
  await groupCommit.close()
})
