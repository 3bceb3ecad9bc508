#!/usr/bin/env bash
# What happens: a net.Socket that is paused emits `end` when the peer sends FIN, and with the default allowHalfOpen:
# false answers it by closing its own side, all while isPaused() is true: but only if no byte is waiting. With one
# unread byte the same FIN is withheld until resume(), and the connection stays half open for as long as it is paused.
#
# Why it surprises: "paused" reads as "no events until resume". Code that pauses a client for back-pressure has to expect
# `end` (and then `close`) at any moment, or never to hear of a client that left, depending on a byte it did not read.
#
# Versions: Node.js 20.20.2 (the version that runs is printed).
#
# For users of Hubbub: nothing to do; paused connections are ended by its own time limits. In proxies and test clients
# that pause sockets, put a time limit on the pause.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const net = require('node:net')
const { once } = require('node:events')
const limit = setTimeout(() => { console.error('no result within 30 s'); process.exit(1) }, 30_000)

async function leave(bytes) {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = once(server, 'connection')
  const client = net.connect(server.address().port, '127.0.0.1')
  const [socket] = await connection
  const events = []
  for (const name of ['end', 'close']) socket.on(name, () => events.push(`${name}, paused: ${socket.isPaused()}`))
  let answered = false
  client.on('end', () => { answered = true }).resume()
  socket.pause()
  client.end(bytes)
  // Without an unread byte this ends by the event, otherwise by the time.
  await Promise.race([Promise.all([once(socket, 'close'), once(client, 'end')]), new Promise(resolve => setTimeout(resolve, bytes ? 2000 : 10_000))])
  const whilePaused = { events: [...events], finAnswered: answered }
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
  client.destroy()
  server.close()
  return { whilePaused, afterResume: events.slice(whilePaused.events.length).map(event => event.split(',')[0]) }
}

async function run() {
  const empty = await leave('')
  const unread = await leave('x')
  console.log('Node.js', process.version)
  console.log('FIN after nothing:     ', JSON.stringify(empty))
  console.log('FIN after one byte:    ', JSON.stringify(unread))
  assert.deepEqual(empty, { whilePaused: { events: ['end, paused: true', 'close, paused: true'], finAnswered: true }, afterResume: [] })
  assert.deepEqual(unread, { whilePaused: { events: [], finAnswered: false }, afterResume: ['end', 'close'] })
  clearTimeout(limit)
}
run()
JS
node main.cjs
