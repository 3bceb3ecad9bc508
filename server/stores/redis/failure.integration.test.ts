import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Store } from '../../domain/ports.ts'
import { freePort } from '../../local/free-port.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { fresh, suiteSettings, until } from '../conformance/cluster.ts'
import { openRedis } from './store.ts'

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
  expect(store.unavailableReason()).toContain(store.failure()?.message)
  expect(store.unavailableReason()).not.toContain('hunter2')
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

/** A self-signed certificate, for as long as the test runs. */
async function withCertificate(use: (files: { key: string; cert: string }) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hubbub-tls-'))
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', cert]
  execFileSync('openssl', made, { stdio: 'ignore' })
  try {
    await use({ key, cert })
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('a certificate that nobody signed', () =>
  withCertificate(async ({ key, cert }) => {
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }).on('tlsClientError', () => {})
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await fails(`rediss://127.0.0.1:${port}`, 'tls')
    expect(store!.failure()!.message).toContain('certificate')
    await store?.close()
    server.close()
  }))

test('rediss:// to a Redis without TLS, whether it answers a handshake or waits for more of it', async () => {
  await fails(`rediss://:hunter2@127.0.0.1:${redis.port}`, 'tls')
  await until(async () => store?.failure()?.message.includes('without TLS') ?? false)
  await store?.close()
  // One that never answers a handshake, as a Redis that found no line break in it.
  const silent = createTcpServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => `${data}` === 'PING\r\n' && socket.write('-NOAUTH required\r\n'))
  })
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const { port } = silent.address() as AddressInfo
  await fails(`rediss://127.0.0.1:${port}`, 'tls')
  expect(store!.failure()!.message).toContain('Use redis:// there')
  await store?.close()
  silent.close()
})

test('redis:// to a port with TLS, also where it wants a client certificate', () =>
  withCertificate(async ({ key, cert }) => {
    for (const clients of ['yes', 'no']) {
      const port = await freePort()
      const args = ['--port', '0', '--tls-port', `${port}`, '--bind', '127.0.0.1', '--save', '']
      const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
      const server = spawn('redis-server', [...args, ...tls, '--tls-auth-clients', clients], { stdio: 'ignore' })
      const gone = once(server, 'exit')
      try {
        await fails(`redis://127.0.0.1:${port}`, 'tls')
        expect(store!.failure()!.message).toContain('Use rediss:// ')
      } finally {
        await store?.close()
        server.kill()
        await gone
      }
    }
  }))

test('a read-only replica, and its promotion', async () => {
  await redis.command('REPLICAOF', '127.0.0.1', '1')
  await redis.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
  await fails(redis.url, 'read_only')
  await redis.command('REPLICAOF', 'NO', 'ONE')
  await until(async () => store?.failure() === undefined)
})
