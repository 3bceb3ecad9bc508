import { rm } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { directRoom } from '../../../protocol/room.ts'
import { createTempDirectory } from '../../test/temporary-directory.ts'
import { append, message, newUser, post, suiteSettings } from '../conformance/cluster.ts'
import { openDisk } from './database.ts'
import { openEmbedded } from './embedded.ts'
import { expire } from './expiry.ts'
import { GroupCommit } from './group-commit.ts'

test('expired rows are deleted with the rows that depend on them, and not earlier', async () => {
  const directory = await createTempDirectory()
  const embedded = await openEmbedded(directory)
  const store = embedded.store(suiteSettings('n1', { dedupeMs: 1_000, rememberMs: 5_000 }))
  await store.open()
  const [ada, bob, eve] = [newUser(), newUser('Bob'), newUser('Eve')]
  const before = Date.now()
  for (let i = 0; i < 30; i++) await append(store.log, 'lobby', message(ada, 'x', { clientId: `c${i}` }))
  await post(store, 'lobby', ada, 'y')
  await store.users.remember(ada)
  await store.users.remember(ada)
  await store.rooms.markRead('lobby', ada.id, 3)
  await store.rooms.markRead('lobby', bob.id, 3)
  await store.rooms.openDirect(directRoom(ada.id, bob.id), [ada.id, bob.id])
  await store.rooms.openDirect(directRoom(ada.id, eve.id), [ada.id, eve.id])
  await embedded.close()
  const after = Date.now()

  const disk = await openDisk(directory)
  const groupCommit = new GroupCommit(disk, async () => {})
  const count = async (prefix: string) => (await disk.keys({ gte: `${prefix}/`, lt: `${prefix}0` }).all()).length
  const kinds = ['sent', 'person', 'read', 'direct', 'open', 'due']
  const rows = () => Promise.all(kinds.map(count))
  await expire(groupCommit, before)
  expect(await rows()).toEqual([30, 2, 2, 3, 4, 35])
  await expire(groupCommit, after + 1_000)
  expect(await rows()).toEqual([0, 2, 2, 3, 4, 5])
  await expire(groupCommit, after + 5_000)
  expect(await rows()).toEqual([0, 0, 0, 0, 0, 0])
  expect(await count('entry')).toBe(31)
  await groupCommit.close()
  await rm(directory, { recursive: true })
})
