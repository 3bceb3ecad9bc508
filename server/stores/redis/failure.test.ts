import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Store } from '../../domain/ports.ts'
import { fresh, suiteSettings, until } from '../conformance/cluster.ts'
import { openRedis } from './store.ts'
import { OwnRedis } from './testing.ts'

jest.setTimeout(30_000)

let redis: OwnRedis
let store: Store | undefined
beforeAll(async () => {
  redis = await OwnRedis.start()
})
afterEach(() => store?.close())
afterAll(() => redis.stop())

/** Does not await the store: it never opens. */
async function fails(url: string, cause: string): Promise<void> {
  store = openRedis(url, { ...suiteSettings(fresh('n')), prefix: 'failure' })
  void store.open()
  await until(async () => store?.failure()?.cause === cause)
  expect(store.ailing()).toContain(store.failure()?.message)
  expect(store.ailing()).not.toContain('hunter2')
}

test('a host that does not exist', () => fails('redis://redis.invalid:6379', 'unknown_host'))

test('nobody listens', () => fails('redis://127.0.0.1:1', 'connection_refused'))

test('a wrong password, and none, and then the right one', async () => {
  const { port } = redis
  await redis.command('CONFIG', 'SET', 'requirepass', 'secret')
  try {
    await fails(`redis://:hunter2@127.0.0.1:${port}`, 'wrong_password')
    await store?.close()
    await fails(`redis://127.0.0.1:${port}`, 'wrong_password')
  } finally {
    await redis.command(`AUTH secret\r\nCONFIG SET requirepass ""`)
  }
  // The same store opens as soon as it may.
  await until(async () => store?.failure() === undefined)
})

test('a certificate that nobody signed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hubbub-tls-'))
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', cert]
  execFileSync('openssl', made, { stdio: 'ignore' })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }).on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await fails(`rediss://127.0.0.1:${port}`, 'tls')
  await store?.close()
  server.close()
  await rm(dir, { recursive: true })
})

test('a read-only replica, and its promotion', async () => {
  await redis.command('REPLICAOF', '127.0.0.1', '1')
  await redis.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
  await fails(redis.url, 'read_only')
  await redis.command('REPLICAOF', 'NO', 'ONE')
  await until(async () => store?.failure() === undefined)
})
