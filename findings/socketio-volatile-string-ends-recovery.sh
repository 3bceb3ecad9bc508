#!/usr/bin/env bash
# What happens: a client takes the last argument of any event for its recovery offset if that argument is a string.
# Volatile events carry no offset, so after `volatile.emit('typing', 'ada')` the client's offset is "ada". The server
# does not know that offset: the next recovery fails, and the events of the absence are lost. With a number in place of
# the name, the same sequence recovers.
#
# Why it surprises: volatile events are the ones that may be lost without harm, and whether everything else is recovered
# depends on the type of their last argument. Both sides behave without an error; only `socket.recovered` is false.
#
# Versions: socket.io 4.8.4, socket.io-adapter 2.5.8, socket.io-client 4.8.4.
#
# For users of Hubbub: nothing to do; joining with `after` is independent of this. Custom Socket.IO code that uses both
# features should wrap the payload of volatile events in an object: { name: 'ada' }.
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

async function reconnectAfterTyping(argument) {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const io = new Server(server, { connectionStateRecovery: {} })
  const client = connect(`http://127.0.0.1:${server.address().port}`,
    { forceNew: true, transports: ['websocket'], reconnectionDelay: 300, reconnectionDelayMax: 300, randomizationFactor: 0 })
  const messages = []
  client.on('message', text => messages.push(text))
  await once(client, 'connect')
  const message = once(client, 'message')
  io.emit('message', 'before')
  await message
  const typing = once(client, 'typing')
  io.volatile.emit('typing', argument)
  await typing

  const away = once(io.sockets.sockets.get(client.id), 'disconnect')
  client.io.engine.close()
  await away
  io.emit('message', 'while away')
  await once(client, 'connect')
  const last = once(client, 'last')
  io.emit('last')
  await last
  client.close()
  await io.close()
  return { recovered: client.recovered, messages }
}

async function run() {
  const withNumber = await reconnectAfterTyping(7)
  const withString = await reconnectAfterTyping('ada')
  console.log('socket.io', require('socket.io/package.json').version)
  console.log("after volatile.emit('typing', 7):    ", withNumber)
  console.log("after volatile.emit('typing', 'ada'):", withString)
  assert.deepEqual(withNumber, { recovered: true, messages: ['before', 'while away'] })
  assert.deepEqual(withString, { recovered: false, messages: ['before'] })
  clearTimeout(limit)
}
run()
JS
node main.cjs
