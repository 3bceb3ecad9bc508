import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { listByName, summariesFor } from '../../domain/room-list.ts'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { append, expectFault, message, newUser, post, suiteSettings, until } from '../conformance/cluster.ts'
import { RecordingFollower, span } from '../conformance/recording-follower.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import type { EmbeddedStore } from './store.ts'

let directory: string
let embedded: Embedded
let store: EmbeddedStore
const ada = newUser()

beforeEach(async () => {
  directory = await createTempDirectory()
  embedded = await openEmbedded(directory)
  store = embedded.store(suiteSettings('n1')) as EmbeddedStore
  await store.open()
})
afterEach(async () => {
  jest.restoreAllMocks()
  await embedded.close()
  await rm(directory, { recursive: true })
})

type Batch = (...args: unknown[]) => Promise<void>
// The declared overloads include a synchronous one, which the ledger does not use.
const disk = ClassicLevel.prototype as unknown as { batch: Batch; open(): Promise<void> }
const full = () => Object.assign(new Error('IO error: No space left on device'), { code: 'LEVEL_IO_ERROR' })

const well = () => until(async () => store.failure() === undefined)

test('a failed write rejects all callers that wait for it, names the cause, and recovers', async () => {
  await post(store, 'lobby', ada, 'before')
  const follower = await RecordingFollower.at(store, 'lobby')
  jest.spyOn(disk, 'batch').mockRejectedValueOnce(full())
  const calls = [1, 2, 3].map((i) => append(store.log, 'lobby', message(ada, 'x', { clientId: `c${i}` })))
  for (const call of calls) await expectFault(call, 'unavailable')
  expect(store.failure()?.message).toContain('No space left')
  await expectFault(store.rooms.openDirect('direct:a:b', ['a', 'b']), 'unavailable')

  await well()
  const again = await Promise.all(
    [1, 2, 3].map((i) => append(store.log, 'lobby', message(ada, 'x', { clientId: `c${i}` }))),
  )
  expect(again.map((entry) => entry.seq)).toEqual([2, 3, 4])
  await follower.waitFor(4)
  expect(follower.seqs).toEqual([2, 3, 4])
})

test('an entry that was written although its write failed is delivered, and found by its retry', async () => {
  const follower = await RecordingFollower.at(store, 'lobby')
  const batch = disk.batch
  jest.spyOn(disk, 'batch').mockImplementationOnce(async function (this: unknown, ...args) {
    await batch.apply(this, args)
    throw full()
  })
  const draft = message(ada, 'done', { clientId: 'c1' })
  await expectFault(append(store.log, 'lobby', draft), 'unavailable')
  await follower.waitFor(1)
  await well()
  expect((await append(store.log, 'lobby', draft)).seq).toBe(1)
  await post(store, 'lobby', ada, 'next')
  await follower.waitFor(2)
  expect(follower.seqs).toEqual([1, 2])
})

test('while the database cannot be reopened, all calls reject as unavailable', async () => {
  jest.spyOn(disk, 'open').mockRejectedValueOnce(full())
  jest.spyOn(disk, 'batch').mockRejectedValueOnce(full())
  await expectFault(append(store.log, 'lobby', message(ada, 'x')), 'unavailable')
  await expectFault(append(store.log, 'lobby', message(ada, 'x')), 'unavailable')
  await until(async () => jest.mocked(disk.open).mock.calls.length > 0)
  await expectFault(store.log.read('lobby', { entries: 1 }), 'unavailable')
  await expectFault(store.rooms.publicRooms({ limit: 1 }), 'unavailable')
  await well()
  expect((await post(store, 'lobby', ada, 'x'))[0]!.seq).toBe(1)
})

test('a full disk: history is readable, sends are rejected with the cause, and it recovers by itself', async () => {
  const [first] = await post(store, 'lobby', ada, 'before')
  const [direct, bob] = ['direct:ada:bob', newUser('Bob')]
  await store.rooms.openDirect(direct, ['ada', 'bob'])
  const open = jest.spyOn(disk, 'open')
  // The probe for free space fails while a directory has its name.
  const probe = join(directory, 'space.probe')
  await mkdir(join(probe, 'full'), { recursive: true })
  jest.spyOn(disk, 'batch').mockRejectedValueOnce(full())
  const draft = message(ada, 'x', { clientId: 'c1' })
  const sentence = { code: 'unavailable', message: expect.stringContaining('disk is full') }
  await expect(append(store.log, 'lobby', draft)).rejects.toMatchObject(sentence)
  await expect(append(store.log, 'lobby', draft)).rejects.toMatchObject(sentence)
  expect(store.failure()).toMatchObject({ cause: 'disk_full' })
  expect((await store.log.read('lobby', { entries: 9 })).entries).toEqual([first])
  expect(await store.rooms.publicRooms({ limit: 9 })).toEqual(['lobby'])
  expect(store.unavailableReason()).toBeUndefined()
  expect(await store.rooms.openDirect(direct, ['ada', 'bob'])).toBe(false)
  await expectFault(store.rooms.openDirect('direct:ada:eve', ['ada', 'eve']), 'unavailable')
  // A new user is admitted, and stored later.
  const other = embedded.store(suiteSettings('n2'))
  await other.open()
  await store.users.remember(bob)
  expect(await other.users.find(bob.id)).toEqual(bob)
  expect(open).not.toHaveBeenCalled()

  await rm(probe, { recursive: true })
  await well()
  expect((await append(store.log, 'lobby', draft)).seq).toBe(2)
  await store.users.storePending()
  await embedded.close()
  embedded = await openEmbedded(directory)
  store = embedded.store(suiteSettings('n1')) as EmbeddedStore
  await store.open()
  expect(await store.users.find(bob.id)).toEqual(bob)
})

test('a write that takes too long is rejected, and delivered once it completes', async () => {
  const follower = await RecordingFollower.at(store, 'lobby')
  const batch = disk.batch
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  jest.spyOn(disk, 'batch').mockImplementationOnce(async function (this: unknown, ...args) {
    await held
    await batch.apply(this, args)
  })
  const draft = message(ada, 'slow', { clientId: 'c1' })
  await expectFault(append(store.log, 'lobby', draft), 'unavailable')
  expect(store.unavailableReason()).toContain('slow')
  go()
  await follower.waitFor(1)
  expect(store.unavailableReason()).toBeUndefined()
  expect((await append(store.log, 'lobby', draft)).seq).toBe(1)
})

test('`at` does not decrease when the clock goes back', async () => {
  const [first] = await post(store, 'lobby', ada, 'x')
  const clock = jest.spyOn(Date, 'now').mockReturnValue(first!.at - 60_000)
  const [second] = await post(store, 'lobby', ada, 'y')
  clock.mockRestore()
  expect(second!.at).toBe(first!.at)
})

test('stored data survives the process; presence does not', async () => {
  const said = await post(store, 'lobby', ada, ...span(1, 3).map(String))
  await store.rooms.markRead('lobby', ada.id, 2)
  await store.rooms.openDirect('direct:ada:bob', ['ada', 'bob'])
  await store.users.remember(ada)
  await store.secrets.share('key')
  await store.roster.update('lobby', [{ user: ada, status: 'busy' }])
  const { epoch } = await store.log.read('lobby', { entries: 1 })
  await embedded.close()
  expect(store.unavailableReason()).toBeDefined()

  embedded = await openEmbedded(directory)
  store = embedded.store(suiteSettings('n1')) as EmbeddedStore
  await store.open()
  expect(await store.log.read('lobby', { entries: 10 })).toMatchObject({ epoch, head: 3, entries: said })
  const { states } = await listByName(store.rooms, ada.id, { limit: 10 })
  expect(await summariesFor(store.rooms, ada.id, states)).toEqual([
    { room: 'lobby', online: 0, head: 3, read: 2, unread: 1, last: said[2] },
  ])
  expect(await store.rooms.isDirectOpen('direct:ada:bob', 'bob')).toBe(true)
  expect(await store.users.find(ada.id)).toEqual(ada)
  expect(await store.secrets.all()).toEqual(['key'])
})
