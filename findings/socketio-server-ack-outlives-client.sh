#!/usr/bin/env bash
# What happens: when the connection ends, the client's `emitWithAck` is rejected at once ("socket has been disconnected"),
# with and without a time-out. The server's is not: without a time-out its promise never settles and its callback stays
# in the socket; with one, it fails only when that is over. A broadcast with acknowledgement waits for its whole time-out
# for a client that has left, and then reports an error with the answers of all who stayed.
#
# Why it surprises: the method has one name and one signature on both sides. Code that
# awaits answers of clients, tested with a client that leaves, hangs on the server only; one closed tab turns a broadcast
# that everybody answered into an error, late.
#
# Versions: socket.io 4.8.4, socket.io-client 4.8.4.
#
# For users of Hubbub: nothing to do; its nodes ask clients nothing. Elsewhere use timeout() on every acknowledged event
# of a server, also end the wait on `disconnect`, and read the answers of a broadcast even when there is an error.
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
const limit = setTimeout(() => { console.error('no result within 45 s'); process.exit(1) }, 45_000)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// The outcome of a promise, if it has one, and after how long.
function watch(promise) {
  const begin = Date.now()
  const state = { outcome: 'pending' }
  state.done = promise.then(() => 'answered', error => error.message).then(outcome => Object.assign(state, { outcome, ms: Date.now() - begin }))
  return state
}

async function run() {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const io = new Server(server)
  const options = { forceNew: true, transports: ['websocket'], reconnection: false }
  async function join() {
    const connection = once(io, 'connection')
    const client = connect(`http://127.0.0.1:${server.address().port}`, options)
    const [[socket]] = await Promise.all([connection, once(client, 'connect')])
    return { client, socket }
  }

  const first = await join()
  const byClient = [watch(first.client.emitWithAck('question')), watch(first.client.timeout(20_000).emitWithAck('question'))]
  const left = once(first.client, 'disconnect')
  first.socket.disconnect(true)
  await left
  await Promise.all(byClient.map(each => each.done))

  const second = await join()
  const byServer = [watch(second.socket.emitWithAck('question')), watch(second.socket.timeout(6000).emitWithAck('question'))]
  const gone = once(second.socket, 'disconnect')
  second.client.close()
  await gone
  await pause(1500)
  const soonAfter = byServer.map(each => each.outcome)
  await byServer[1].done
  const inTheEnd = byServer.map(each => each.outcome)

  const [stays, leaves] = [await join(), await join()]
  stays.client.on('question', reply => reply('yes'))
  const asked = once(leaves.client, 'question')
  const begin = Date.now()
  const broadcast = new Promise(resolve => io.timeout(4000).emit('question', (error, answers) => resolve({ error: error?.message, answers, ms: Date.now() - begin })))
  await asked
  leaves.client.close()
  const result = await broadcast

  console.log('socket.io', require('socket.io/package.json').version)
  console.log('client, connection ended:         ', byClient.map(each => `${each.outcome} (${each.ms} ms)`))
  console.log('server, 1.5 s after the end:      ', soonAfter, 'in the end:', inTheEnd, `(${byServer[1].ms} ms)`)
  console.log('server, broadcast, one client left:', result)
  assert.deepEqual(byClient.map(each => each.outcome), ['socket has been disconnected', 'socket has been disconnected'])
  assert.ok(byClient.every(each => each.ms < 10_000))
  assert.deepEqual(soonAfter, ['pending', 'pending'])
  assert.deepEqual(inTheEnd, ['pending', 'operation has timed out'])
  assert.equal(result.error, 'operation has timed out')
  assert.deepEqual(result.answers, ['yes'])
  assert.ok(result.ms >= 3900)
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
