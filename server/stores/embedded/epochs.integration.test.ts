import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Store } from '../../domain/ports.ts'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { append, expectFault, message, newUser, post, suiteSettings } from '../conformance/cluster.ts'
import { span } from '../conformance/recording-follower.ts'
import { shownRoom } from '../conformance/rooms.ts'
import { type Disk, openDisk } from './database.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { keys } from './keys.ts'

const ada = newUser()
let directory: string
let embedded: Embedded
let warnings: string[]

async function open(): Promise<Store> {
  embedded = await openEmbedded(directory, (sentence) => warnings.push(sentence))
  const store = embedded.store(suiteSettings('n1'))
  await store.open()
  return store
}

/** Creates logs of `room` and `other`, then damages the files; resolves with the reopened store. */
async function damaged(length: number, damage: (disk: Disk) => Promise<void>) {
  const before = await open()
  const { epoch } = await before.log.read('room', { entries: 1 })
  await Promise.all(span(1, length).map((i) => append(before.log, 'room', message(ada, `${i}`, { clientId: `c${i}` }))))
  await post(before, 'other', ada, 'x', 'y')
  await before.rooms.markRead('room', ada.id, 2)
  await before.rooms.markRead('other', ada.id, 2)
  await embedded.close()
  const disk = await openDisk(directory)
  await damage(disk)
  await disk.close()
  return { store: await open(), epoch }
}

const lose =
  (...seqs: number[]) =>
  (disk: Disk) =>
    disk.batch(seqs.map((seq) => ({ type: 'del', key: keys.entry('room', seq) })))

beforeEach(async () => {
  directory = await createTempDirectory()
  warnings = []
})
afterEach(async () => {
  await embedded.close()
  await rm(directory, { recursive: true })
})

test('a gap below the head starts a new epoch for that room alone, with a warning', async () => {
  const { store, epoch } = await damaged(20, lose(8, 9, 15))
  const page = await store.log.read('room', { after: 0, entries: 100 })
  expect(page.entries.map(({ seq }) => seq)).toEqual(span(16, 20))
  expect(page).toMatchObject({ head: 20, truncated: true, more: false })
  expect(page.epoch).not.toBe(epoch)
  expect(warnings).toEqual([expect.stringMatching(/log of room .* of 1 to 20, 16 to 20 remain/)])

  await expectFault(append(store.log, 'room', message(ada, 'x', { epoch })), 'stale_epoch')
  await expectFault(store.rooms.markRead('room', ada.id, 18, epoch), 'stale_epoch')
  expect(await shownRoom(store, ada.id, 'room')).toMatchObject({ read: 0 })
  expect(await store.rooms.markRead('room', ada.id, 18, page.epoch)).toBe(true)
  expect(await shownRoom(store, ada.id, 'room')).toMatchObject({ read: 18, unread: 2 })
  expect((await append(store.log, 'room', message(ada, 'on', { epoch: page.epoch }))).seq).toBe(21)

  expect(await store.log.read('other', { after: 0, entries: 10 })).toMatchObject({ epoch, head: 2, truncated: false })
  expect(await shownRoom(store, ada.id, 'other')).toMatchObject({ read: 2, unread: 0 })

  await embedded.close()
  const again = await open()
  expect((await again.log.read('room', { entries: 1 })).epoch).toBe(page.epoch)
  expect(await shownRoom(again, ada.id, 'room')).toMatchObject({ read: 18, unread: 3 })
  expect(warnings).toHaveLength(1)
})

test('a log that lost its newest entries continues after those that remain', async () => {
  const { store, epoch } = await damaged(20, lose(18, 19, 20))
  const entry = await append(store.log, 'room', message(ada, 'on'))
  expect(entry.seq).toBe(18)
  const page = await store.log.read('room', { after: 0, entries: 100 })
  expect(page.epoch).not.toBe(epoch)
  expect(page.entries.map(({ seq }) => seq)).toEqual(span(1, 18))
  // Another entry has its number now.
  const retry = await append(store.log, 'room', message(ada, '18', { clientId: 'c18' }))
  expect(retry).toMatchObject({ seq: 18, deleted: true })
})

test('a head that is too low or missing is recovered', async () => {
  const { store, epoch } = await damaged(20, async (disk) => {
    const head = (await disk.get(keys.head('room'))) as object
    await disk.put(keys.head('room'), { ...head, head: 12, messages: 12, last: 12 })
  })
  const page = await store.log.read('room', { after: 0, entries: 100 })
  expect(page.epoch).not.toBe(epoch)
  expect(page.entries.map(({ seq }) => seq)).toEqual(span(1, 20))
  await embedded.close()
  const disk = await openDisk(directory)
  await disk.del(keys.head('room'))
  await disk.close()
  const again = await open()
  expect((await append(again.log, 'room', message(ada, 'on'))).seq).toBe(21)
  expect(warnings).toHaveLength(2)
})

test('a gap deep in the log is detected by the page that contains it, and followers are notified', async () => {
  const { store, epoch } = await damaged(700, lose(100))
  const renewed: { epoch: string; head: number }[] = []
  const heard: number[] = []
  await store.log.follow('room', {
    entries: (entries) => heard.push(...entries.map(({ seq }) => seq)),
    reset: (log) => renewed.push(log),
  })
  expect((await store.log.read('room', { entries: 50 })).epoch).toBe(epoch)
  expect(warnings).toEqual([])

  const read = () => store.log.read('room', { after: 90, entries: 50 })
  const [page, other] = await Promise.all([read(), read()])
  expect(other).toEqual(page)
  expect(warnings).toHaveLength(1)
  expect(page.epoch).not.toBe(epoch)
  expect(page.entries[0]!.seq).toBe(101)
  expect(page.truncated).toBe(true)
  expect(renewed).toEqual([{ epoch: page.epoch, head: 700 }])
  await append(store.log, 'room', message(ada, 'on'))
  expect(heard).toEqual([701])
})

test('an intact log, and one trimmed to nothing, keep their epoch', async () => {
  const { store, epoch } = await damaged(3, async () => {})
  expect((await store.log.read('room', { entries: 10 })).epoch).toBe(epoch)
  expect((await store.log.read('nothing', { entries: 10 })).epoch).toBe(epoch)
  const brief = embedded.store(suiteSettings('n2', { logMaxAgeMs: 1 }))
  await brief.open()
  while ((await brief.log.read('room', { entries: 10 })).entries.length > 0);
  await embedded.close()
  expect(await (await open()).log.read('room', { after: 0, entries: 10 })).toMatchObject({
    epoch,
    head: 3,
    entries: [],
  })
  expect(warnings).toEqual([])
})
