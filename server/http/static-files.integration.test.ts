import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { staticFiles } from './static-files.ts'

let dir: string
let server: Server

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hubbub-page-'))
  await mkdir(join(dir, 'assets'))
  await writeFile(join(dir, 'cluster.html'), '<h1>cluster</h1>')
  for (const [name, text] of [
    ['index.html', '<h1>chat</h1>'],
    ['assets/main-1a2b.js', 'start()'],
  ] as const) {
    await writeFile(join(dir, name), text)
    await writeFile(join(dir, `${name}.br`), brotliCompressSync(text))
    await writeFile(join(dir, `${name}.gz`), gzipSync(text))
  }
  server = createServer(express().use(staticFiles(dir)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

async function get(path: string, accepted?: string, method = 'GET') {
  const { port } = server.address() as AddressInfo
  const asked = request({ port, path, method, headers: accepted ? { 'Accept-Encoding': accepted } : {} }).end()
  const [res] = await once(asked, 'response')
  const body = Buffer.concat(await res.toArray())
  return { status: res.statusCode as number, headers: res.headers as IncomingHttpHeaders, body }
}

test('serves precompressed files to clients that accept the encoding', async () => {
  const br = await get('/', 'gzip, deflate, br')
  expect(br.headers).toMatchObject({ 'content-encoding': 'br', vary: 'Accept-Encoding' })
  expect(br.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(`${brotliDecompressSync(br.body)}`).toBe('<h1>chat</h1>')

  const gz = await get('/assets/main-1a2b.js?x=1', 'gzip, br;q=0')
  expect(gz.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  expect(gz.headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect(`${gunzipSync(gz.body)}`).toBe('start()')

  const plain = await get('/assets/main-1a2b.js')
  expect(plain.headers).not.toHaveProperty('content-encoding')
  expect(plain.headers.vary).toBe('Accept-Encoding')
  expect(`${plain.body}`).toBe('start()')
})

test('assets are cached as immutable, and pages are revalidated', async () => {
  expect((await get('/assets/main-1a2b.js', 'br')).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  for (const path of ['/', '/cluster']) {
    const { headers } = await get(path, 'br')
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers.etag).toBeTruthy()
  }
})

test('serves the cluster dashboard at a path without an extension', async () => {
  const { status, headers, body } = await get('/cluster', 'br')
  expect(status).toBe(200)
  expect(headers['content-security-policy']).toContain("script-src 'self'")
  expect(`${body}`).toBe('<h1>cluster</h1>')
})

test('missing and unreadable files have no Content-Encoding', async () => {
  for (const [path, method] of [
    ['/assets/none.js', 'GET'],
    ['/assets/main-1a2b.js', 'POST'],
    ['/%E0%A4%A', 'GET'],
  ] as const) {
    const { status, headers } = await get(path, 'br', method)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers).not.toHaveProperty('content-encoding')
  }
})
