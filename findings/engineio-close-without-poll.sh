#!/usr/bin/env bash
# What happens: when an Engine.IO server closes a long-polling session while no poll of the client is open, the session
# stays `closing` for 30 s (less only if its heartbeat times out before that). Meanwhile it counts in `clientsCount`, and its `close` event (Socket.IO: `disconnect`) has not fired. A poll that comes meanwhile is answered
# with the close packet and ends it, but a client that is gone sends none. A WebSocket session ends at once.
#
# Why it surprises: a poll is absent between any two polls, so the same call takes a millisecond or half a minute
# depending on the moment. Everything that waits for `disconnect` (rooms, presence, a drain that counts connections)
# waits with it. The 30 s are a constant of the transport, and no option.
#
# Versions: engine.io 6.6.11.
#
# For users of Hubbub: nothing to do; its nodes end drains on their own time limit. A server of your own that must be
# gone by a deadline should not wait for `disconnect` events or for `clientsCount` to reach zero.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts engine.io@6.6.11 ws@8.21.3
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const http = require('node:http')
const { once } = require('node:events')
const { Server } = require('engine.io')
const WebSocket = require('ws')
const limit = setTimeout(() => { console.error('no result within 55 s'); process.exit(1) }, 55_000)

async function run() {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const engine = new Server()
  engine.attach(server)
  const { port } = server.address()
  const get = path => new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path, agent: false }, async response => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve(body)
    }).on('error', reject)
  })
  async function close(socket) {
    const begin = Date.now()
    const closed = once(socket, 'close')
    socket.close()
    const stateAfterCall = socket.readyState
    await closed
    return { stateAfterCall, ms: Date.now() - begin }
  }

  const connection = once(engine, 'connection')
  const ws = new WebSocket(`ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket`)
  const [overWebSocket] = await connection
  const webSocket = await close(overWebSocket)

  async function openPolling() {
    const { sid } = JSON.parse((await get('/engine.io/?EIO=4&transport=polling')).slice(1))
    return [engine.clients[sid], `/engine.io/?EIO=4&transport=polling&sid=${sid}`]
  }
  const [polled, path] = await openPolling()
  const ending = close(polled)
  const answer = await get(path)
  const withPoll = await ending
  const [polling] = await openPolling()
  const seen = new Promise(resolve => setTimeout(() => resolve({ state: polling.readyState, clientsCount: engine.clientsCount }), 15_000))
  const longPolling = await close(polling)

  console.log('engine.io', JSON.parse(require('node:fs').readFileSync('node_modules/engine.io/package.json')).version, 'with its default options')
  console.log('WebSocket:', webSocket)
  console.log('polling, a poll follows:', withPoll, 'answer:', JSON.stringify(answer))
  console.log('polling, no poll follows:', longPolling, 'after 15 s:', await seen)
  assert.ok(webSocket.ms < 5000)
  assert.ok(withPoll.ms < 5000)
  assert.match(answer, /1$/)
  assert.equal(longPolling.stateAfterCall, 'closing')
  assert.ok(longPolling.ms >= 29_900)
  assert.deepEqual(await seen, { state: 'closing', clientsCount: 1 })
  clearTimeout(limit)
  ws.terminate()
  process.exit(0)
}
run()
JS
node main.cjs
