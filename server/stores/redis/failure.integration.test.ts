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
import { suiteSettings, uniqueName, until } from '../conformance/cluster.ts'
import { openRedis } from './store.ts'

jest.setTimeout(30_000)

let redis: OwnRedis
let store: Store | undefined
beforeAll(async () => {
  redis = await OwnRedis.start()
})
afterEach(() => store?.close())
afterAll(() => redis.stop())

/** Does not await the store, since it never opens. */
async function fails(url: string, cause: string): Promise<void> {
  store = openRedis(url, { ...suiteSettings(uniqueName('n')), prefix: 'failure' })
  void store.open()
  await until(async () => store?.failure()?.cause === cause)
  expect(store.unavailableReason()).toContain(store.failure()?.message)
  expect(store.unavailableReason()).not.toContain('hunter2')
}

test('unknown host', () => fails('redis://redis.invalid:6379', 'unknown_host'))

test('connection refused', () => fails('redis://127.0.0.1:1', 'connection_refused'))

test('wrong password, missing password, then the correct one', async () => {
  const { port } = redis
  await redis.command('CONFIG', 'SET', 'requirepass', 'secret')
  try {
    await fails(`redis://:hunter2@127.0.0.1:${port}`, 'wrong_password')
    await store?.close()
    await fails(`redis://127.0.0.1:${port}`, 'wrong_password')
  } finally {
    await redis.command(`AUTH secret\r\nCONFIG SET requirepass ""`)
  }
  // The same store opens as soon as the password is accepted.
  await until(async () => store?.failure() === undefined)
})

/** A self-signed certificate, valid for the duration of the test. */
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

test('self-signed certificate', () =>
  withCertificate(async ({ key, cert }) => {
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }).on('tlsClientError', () => {})
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await fails(`rediss://127.0.0.1:${port}`, 'tls')
    expect(store!.failure()!.message).toContain('certificate')
    await store?.close()
    server.close()
  }))

test('rediss:// to a Redis without TLS, whether it answers the handshake or waits for more', async () => {
  await fails(`rediss://:hunter2@127.0.0.1:${redis.port}`, 'tls')
  await until(async () => store?.failure()?.message.includes('does not use TLS') ?? false)
  await store?.close()
  // A server that never answers a handshake, like a Redis that found no line break in it.
  const silent = createTcpServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => `${data}` === 'PING\r\n' && socket.write('-NOAUTH required\r\n'))
  })
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const { port } = silent.address() as AddressInfo
  await fails(`rediss://127.0.0.1:${port}`, 'tls')
  expect(store!.failure()!.message).toContain('Use redis://, or')
  await store?.close()
  silent.close()
})

test('redis:// to a TLS port, also one that requires a client certificate', () =>
  withCertificate(async ({ key, cert }) => {
    for (const clients of ['yes', 'no']) {
      const port = await freePort()
      const args = ['--port', '0', '--tls-port', `${port}`, '--bind', '127.0.0.1', '--save', '']
      const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
      const server = spawn('redis-server', [...args, ...tls, '--tls-auth-clients', clients], { stdio: 'ignore' })
      const gone = once(server, 'exit')
      try {
        await fails(`redis://127.0.0.1:${port}`, 'tls')
        expect(store!.failure()!.message).toContain('Use rediss://, or')
      } finally {
        await store?.close()
        server.kill()
        await gone
      }
    }
  }))

test('read-only replica, and its promotion', async () => {
  await redis.command('REPLICAOF', '127.0.0.1', '1')
  await redis.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
  await fails(redis.url, 'read_only')
  await redis.command('REPLICAOF', 'NO', 'ONE')
  await until(async () => store?.failure() === undefined)
})
