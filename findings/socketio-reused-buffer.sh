#!/usr/bin/env bash
# What happens: emit() encodes numbers, strings and objects at once, but keeps a reference to a Buffer until it is written.
# A program that emits three events in a row, with the numbers 1, 2, 3 and the same number in a Buffer that it fills again
# each time, sends the numbers 1, 2, 3 and the byte 3 with all of them, on both transports. With a copy per event all
# are right.
#
# Why it surprises: a stream's write() asks the same care of its caller, but tells by its callback when the Buffer is free
# again; emit() returns nothing to wait for. Each event is a mixture of two moments, and no checksum tells.
#
# Versions: socket.io 4.8.4, socket.io-client 4.8.4.
#
# For users of Hubbub: nothing to do, its payloads hold no binary. Elsewhere emit a copy, Buffer.from(buffer), from
# loops that read into one Buffer.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const http = require('node:http')
const { once } = require('node:events')
const { Server } = require('socket.io')
const { io: connect } = require('socket.io-client')
const limit = setTimeout(() => { console.error('no result within 30 s'); process.exit(1) }, 30_000)

async function run() {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const io = new Server(server)
  async function send(transport, copy) {
    const connection = once(io, 'connection')
    const client = connect(`http://127.0.0.1:${server.address().port}`, { forceNew: true, transports: [transport] })
    const [[socket]] = await Promise.all([connection, once(client, 'connect')])
    const received = []
    client.on('frame', (number, bytes) => received.push([number, bytes[0]]))
    const last = once(client, 'last')
    const buffer = Buffer.alloc(1)
    for (let number = 1; number <= 3; number++) {
      buffer[0] = number
      socket.emit('frame', number, copy ? Buffer.from(buffer) : buffer)
    }
    socket.emit('last')
    await last
    client.close()
    return received
  }
  const results = {
    'polling, one Buffer  ': await send('polling', false),
    'WebSocket, one Buffer': await send('websocket', false),
    'polling, copies      ': await send('polling', true),
    'WebSocket, copies    ': await send('websocket', true),
  }
  console.log('socket.io', require('socket.io/package.json').version, '[number, byte] of each event')
  for (const [name, result] of Object.entries(results)) console.log(name, JSON.stringify(result))
  const right = [[1, 1], [2, 2], [3, 3]]
  const [polling, webSocket, ...copies] = Object.values(results)
  for (const each of copies) assert.deepEqual(each, right)
  for (const each of [polling, webSocket]) assert.deepEqual(each.map(([number]) => number), [1, 2, 3])
  assert.deepEqual(polling.map(([, byte]) => byte), [3, 3, 3])
  assert.notDeepEqual(webSocket, right)
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
