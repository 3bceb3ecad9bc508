import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { embeddedAdapter } from './adapter.ts'

let nodes: { http: HttpServer; server: Server; client: Socket }[]

beforeEach(async () => {
  const adapter = embeddedAdapter()
  nodes = await Promise.all(
    [1, 2, 3].map(async () => {
      const http = createServer()
      const server = new Server(http, { adapter })
      server.on('connection', (socket) => socket.join('room:lobby'))
      await once(http.listen(0), 'listening')
      const client = io(`http://localhost:${(http.address() as AddressInfo).port}`, { transports: ['websocket'] })
      await new Promise<void>((connected) => client.once('connect', connected))
      return { http, server, client }
    }),
  )
})
afterEach(async () => {
  for (const { client, server } of nodes) {
    client.disconnect()
    await server.close()
  }
})

const hears = (client: Socket, event: string, times = 1) =>
  new Promise<unknown[]>((resolve) => {
    const heard: unknown[] = []
    client.on(event, (word) => {
      heard.push(word)
      if (heard.length === times) resolve(heard)
    })
  })

test('an event emitted by one node reaches the clients of all nodes, once and in order', async () => {
  const words = Array.from({ length: 20 }, (_, i) => i)
  const heard = nodes.map(({ client }) => hears(client, 'word', 21))
  for (const word of [...words, 'last']) nodes[1]!.server.to('room:lobby').emit('word', word)
  expect(await Promise.all(heard)).toEqual(nodes.map(() => [...words, 'last']))
})

test('a local broadcast stays local', async () => {
  const heard = nodes.map(({ client }, i) => hears(client, 'word', i === 0 ? 2 : 1))
  nodes[0]!.server.local.emit('word', 'here')
  nodes[1]!.server.emit('word', 'everywhere')
  expect(await Promise.all(heard)).toEqual([['here', 'everywhere'], ['everywhere'], ['everywhere']])
})

test('sockets are counted, moved and disconnected across nodes', async () => {
  expect(await nodes[0]!.server.fetchSockets()).toHaveLength(3)
  nodes[0]!.server.in(nodes[2]!.client.id!).socketsJoin('room:other')
  const heard = hears(nodes[2]!.client, 'word')
  nodes[1]!.server.to('room:other').emit('word', 'moved')
  expect(await heard).toEqual(['moved'])
  const gone = new Promise((resolve) => nodes[2]!.client.once('disconnect', resolve))
  nodes[0]!.server.in('room:other').disconnectSockets(true)
  expect(await gone).toMatch(/io server disconnect|transport close/)
})

test('nodes exchange messages without sharing objects, and do not wait for a closed node', async () => {
  const said = { to: ['all'] }
  const heard: unknown[] = []
  for (const { server } of nodes) {
    server.on('question', (word: { to: string[] }, answer: (word: string) => void) => {
      heard.push(structuredClone(word))
      word.to.push('changed')
      answer('yes')
    })
  }
  expect(await nodes[0]!.server.serverSideEmitWithAck('question', said)).toEqual(['yes', 'yes'])
  expect(heard).toEqual([{ to: ['all'] }, { to: ['all'] }])
  expect(said).toEqual({ to: ['all'] })
  await nodes[2]!.server.close()
  expect(await nodes[0]!.server.serverSideEmitWithAck('question', said)).toEqual(['yes'])
})
