#!/usr/bin/env bash
# What happens: with connection state recovery, the in-memory adapter keeps the objects that were emitted, not their
# encoded packets. A client that recovers receives each missed event with the object's contents at the time of recovery:
# three events that were emitted with n = 1, 2, 3 arrive as 3, 3, 3.
#
# Why it surprises: emit() encodes its arguments at once for every connected client, so reusing one object for the next
# event is safe in normal operation. It stops being safe only for clients that were away, whose log then holds events
# that nobody else received.
#
# Versions: socket.io 4.8.4, socket.io-adapter 2.5.8, socket.io-client 4.8.4.
#
# For users of Hubbub: nothing to do. Its nodes store an entry as text before they send it, and do not use this feature.
# Custom Socket.IO code beside it should emit a fresh object, or a copy, whenever connection state recovery is on.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-adapter@2.5.8 socket.io-client@4.8.4
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
  const io = new Server(server, { connectionStateRecovery: {} })
  const url = `http://127.0.0.1:${server.address().port}`
  const options = { forceNew: true, transports: ['websocket'], reconnectionDelay: 300, reconnectionDelayMax: 300, randomizationFactor: 0 }
  const [stays, leaves] = [connect(url, options), connect(url, options)]
  await Promise.all([once(stays, 'connect'), once(leaves, 'connect')])
  const received = { stays: [], leaves: [] }
  stays.on('state', state => received.stays.push(state.n))
  leaves.on('state', state => received.leaves.push(state.n))

  const state = { n: 0 }
  const first = once(leaves, 'state')
  io.emit('state', state)
  await first

  const away = once(io.sockets.sockets.get(leaves.id), 'disconnect')
  leaves.io.engine.close()
  await away
  for (state.n = 1; state.n <= 3; state.n++) io.emit('state', state)
  state.n = 3
  await once(leaves, 'connect')
  const last = once(leaves, 'last')
  io.emit('last')
  await last

  console.log('socket.io', require('socket.io/package.json').version)
  console.log('recovered:', leaves.recovered)
  console.log('the client that stayed received', received.stays)
  console.log('the client that came back received', received.leaves)
  assert.equal(leaves.recovered, true)
  assert.deepEqual(received.stays, [0, 1, 2, 3])
  assert.deepEqual(received.leaves, [0, 3, 3, 3])
  stays.close()
  leaves.close()
  await io.close()
  clearTimeout(limit)
}
run()
JS
node main.cjs
