import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import { until } from '../stores/conformance/cluster.ts'
import { type StoreName, startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'
import { RestClient } from './rest-client.ts'

jest.setTimeout(60_000)

const sentences = { redis: 'Redis has reached maxmemory', embedded: 'No space left' } satisfies Record<
  StoreName,
  string
>

/** Fills the store; returns a function that frees space again. */
async function fill(store: StoreName, cluster: TestCluster, directory: string): Promise<() => Promise<unknown>> {
  if (store === 'redis') {
    await cluster.redis!.command('CONFIG', 'SET', 'maxmemory', '1mb')
    return () => cluster.redis!.command('CONFIG', 'SET', 'maxmemory', '0')
  }
  // The probe file for free space cannot be written while a directory has its name.
  const probe = join(directory, 'space.probe')
  await mkdir(join(probe, 'full'), { recursive: true })
  const full = Object.assign(new Error('IO error: No space left on device'), { code: 'LEVEL_IO_ERROR' })
  jest.spyOn(ClassicLevel.prototype as unknown as { batch(): Promise<void> }, 'batch').mockRejectedValueOnce(full)
  return () => rm(probe, { recursive: true })
}

describe.each(stores)('%s is full', (store) => {
  let cluster: TestCluster
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hubbub-full-'))
    cluster = await startCluster({ nodes: 1, store, env: { DATA_DIR: directory, LOG_LEVEL: 'silent' } })
  })
  afterAll(async () => {
    await cluster.close()
    await rm(directory, { recursive: true })
  })
  afterEach(() => {
    jest.restoreAllMocks()
  })

  const get = async (path: string) => {
    const response = await fetch(cluster.urls[0]! + path)
    const text = await response.text()
    return { status: response.status, text, json: () => JSON.parse(text) }
  }

  test('sends are rejected with the cause; history, new connections, the page and /healthz work; it recovers', async () => {
    const [url] = cluster.urls as [string]
    const rest = await RestClient.at(url)
    const ada = await TestClient.connect(url, 'Ada')
    await ada.emit('room:join', { room: 'lobby' })
    await ada.send('lobby', 'before')
    const makeRoom = await fill(store, cluster, directory)

    expect(await ada.requestFault('message:send', { room: 'lobby', text: 'x', clientId: 'c1' })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is full'),
      retryable: true,
    })
    const sent = await rest.postJson('/sendMessage', { senderId: 'Eve', message: 'x' })
    expect(sent).toMatchObject({ status: 503, fault: { code: 'unavailable' } })

    const readyz = await get('/readyz')
    expect(readyz.status).toBe(200)
    expect(readyz.json()).toMatchObject({ ready: true, reason: expect.stringContaining(sentences[store]) })
    expect((await get('/healthz')).status).toBe(200)
    expect(await get('/')).toMatchObject({ status: 200, text: expect.stringContaining('<html') })
    const page = await rest.request('/getMessages')
    expect(page.value.messages.map(({ message }: { message: string }) => message)).toEqual(['before'])

    const bob = await TestClient.connect(url, 'Bob')
    const joined = await bob.emit('room:join', { room: 'lobby' })
    expect(joined.entries).toMatchObject([{ text: 'before' }])
    expect((await bob.emit('room:join', { room: 'silence' })).entries).toEqual([])
    await bob.emit('history:read', { room: 'lobby', before: 2 })
    expect((await bob.emit('room:list', {})).rooms.map(({ room }) => room)).toContain('lobby')
    expect(ada.events('store')).toEqual([])

    await makeRoom()
    await until(async () => (await get('/readyz')).json().reason === undefined)
    await ada.send('lobby', 'x', 'c1')
    await bob.waitFor('entries', ({ entries }) => entries.some(({ clientId }) => clientId === 'c1'))
    await until(async () => (await cluster.backings[0]!.store.users.find(bob.user.id))?.name === 'Bob')
  })

  if (store === 'redis') {
    test('/readyz reports the cause of an outage; /healthz and the page still respond', async () => {
      await cluster.redis!.command('REPLICAOF', '127.0.0.1', '1')
      await until(async () => (await get('/readyz')).text.includes('read-only replica'))
      expect(await get('/readyz')).toMatchObject({ status: 503 })
      expect((await get('/healthz')).status).toBe(200)
      expect((await get('/')).status).toBe(200)
      await cluster.redis!.command('REPLICAOF', 'NO', 'ONE')
      await until(async () => (await get('/readyz')).status === 200)
    })
  }
})
