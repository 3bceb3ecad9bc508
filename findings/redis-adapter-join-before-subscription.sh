#!/usr/bin/env bash
# What happens: with the sharded Redis adapter in its default mode (`dynamic`), the first `await socket.join('room')` of a
# node resolves before the node has subscribed to the room's channel. What another node emits to that room within one
# round trip to Redis is lost. What it emits meanwhile to two rooms at once arrives, because that takes the channel of
# the namespace, as does everything with the classic adapter and in the mode `static`.
#
# Why it surprises: join() returns a promise exactly so that one can wait for it, and waiting is enough with the other
# adapter and mode. The loss needs a member that is the first of the room on its node, so tests with full rooms do not
# see it. A proxy in front of Redis adds 250 ms here, as a distant or busy Redis would.
#
# Versions: @socket.io/redis-adapter 8.3.0, socket.io 4.8.4, ioredis 6.0.0, redis-server 7.0.
#
# For users of Hubbub: nothing to do; joining a room there reads its log after the subscription is confirmed. Elsewhere,
# read the state of a room after the subscription, not before it, or use `subscriptionMode: 'static'`.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4 ioredis@6.0.0 @socket.io/redis-adapter@8.3.0
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const { Server } = require('socket.io')
const { io: connect } = require('socket.io-client')
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter')
const limit = setTimeout(() => { console.error('no result within 45 s'); process.exit(1) }, 45_000)

async function startRedis() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => redis.kill())
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break
  return port
}

// Delivers what a client sends 250 ms late.
async function distance(port) {
  const proxy = net.createServer(client => {
    const upstream = net.connect(port, '127.0.0.1')
    client.on('data', data => setTimeout(() => upstream.write(data), 250))
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    for (const each of [client, upstream]) each.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return proxy.address().port
}

async function run(create, ports) {
  const clients = []
  const nodes = []
  for (const port of ports) {
    const client = () => clients[clients.push(new Redis({ port })) - 1]
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    nodes.push({ io: new Server(server, { adapter: create(client(), client()) }), url: `http://127.0.0.1:${server.address().port}` })
  }
  const [distant, near] = nodes
  const connection = once(distant.io, 'connection')
  const user = connect(distant.url, { forceNew: true, transports: ['websocket'] })
  const received = []
  const settled = new Promise(resolve => user.on('message', text => {
    received.push(text)
    if (text === 'later') resolve()
  }))
  const [[socket]] = await Promise.all([connection, once(user, 'connect')])
  await Promise.all(clients.map(each => each.ping()))

  await socket.join('room')
  near.io.to('room').emit('message', 'at once')
  near.io.to(['room', 'another']).emit('message', 'at once, two rooms')
  await new Promise(resolve => setTimeout(resolve, 2000))
  near.io.to('room').emit('message', 'later')
  await settled
  user.close()
  for (const node of nodes) await node.io.close()
  for (const each of clients) await each.quit()
  return received
}

async function main() {
  const port = await startRedis()
  const ports = [await distance(port), port]
  const classic = await run(createAdapter, ports)
  const asStatic = await run((pub, sub) => createShardedAdapter(pub, sub, { subscriptionMode: 'static' }), ports)
  const dynamic = await run(createShardedAdapter, ports)
  console.log('redis-adapter', require('@socket.io/redis-adapter/package.json').version)
  console.log('received after `await socket.join(room)`')
  console.log('  classic:         ', classic)
  console.log('  sharded, static: ', asStatic)
  console.log('  sharded, dynamic:', dynamic)
  assert.deepEqual(classic, ['at once', 'at once, two rooms', 'later'])
  assert.deepEqual(asStatic, ['at once', 'at once, two rooms', 'later'])
  assert.deepEqual(dynamic, ['at once, two rooms', 'later'])
  clearTimeout(limit)
  process.exit(0)
}
main()
JS
node main.cjs
