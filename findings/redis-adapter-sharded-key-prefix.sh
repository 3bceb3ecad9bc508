#!/usr/bin/env bash
# What happens: with ioredis's `keyPrefix`, PUBLISH and SUBSCRIBE keep their channel names, but SPUBLISH and SSUBSCRIBE
# have the prefix put in front, and a received message carries the prefixed name. The sharded Redis adapter of Socket.IO
# looks its listener up by the name that it asked for, so it discards every message: two nodes deliver nothing to each
# other, and no error is raised. `fetchSockets()` asks for the number of nodes under the name without prefix, learns that
# there is none, and answers with the node's own sockets. The classic adapter with the same clients works.
#
# Why it surprises: switching from createAdapter to createShardedAdapter is a change of one word, Redis reports that each
# message was received by a subscriber, and no time-out tells that something is wrong.
#
# Versions: ioredis 6.0.0, @socket.io/redis-adapter 8.3.0, socket.io 4.8.4, redis-server 7.0.
#
# For users of Hubbub: nothing to do; it sets no `keyPrefix` and prefixes its names itself (REDIS_PREFIX). Custom code
# should use the adapter's `channelPrefix` and give it clients without `keyPrefix`.
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

async function twoNodes(port, create, keyPrefix) {
  const clients = []
  const client = () => clients[clients.push(new Redis({ port, keyPrefix })) - 1]
  const nodes = []
  for (let i = 0; i < 2; i++) {
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const io = new Server(server, { adapter: create(client(), client()) })
    nodes.push({ io, url: `http://127.0.0.1:${server.address().port}` })
  }
  const [a, b] = nodes
  const user = connect(b.url, { forceNew: true, transports: ['websocket'] })
  const received = []
  user.on('message', text => received.push(text))
  await once(user, 'connect')
  // The subscriptions are in place before this reply, because each connection answers in order.
  await Promise.all(clients.map(each => each.ping()))
  a.io.emit('message', 'from the other node')
  const seen = await a.io.timeout(5000).fetchSockets().then(sockets => `${sockets.length} found`, error => error.message)
  const last = once(user, 'last')
  b.io.emit('last')
  await last
  user.close()
  for (const node of nodes) await node.io.close()
  for (const each of clients) each.disconnect()
  return { received, fetchSockets: seen }
}

async function run() {
  const port = await startRedis()
  const subscriber = new Redis({ port, keyPrefix: 'app:' })
  const publisher = new Redis({ port, keyPrefix: 'app:' })
  await subscriber.subscribe('plain')
  await subscriber.ssubscribe('sharded')
  const names = []
  subscriber.on('message', channel => names.push(channel))
  subscriber.on('smessage', channel => names.push(channel))
  const receivers = [await publisher.publish('plain', 'x'), await publisher.spublish('sharded', 'x')]
  await subscriber.ping()
  subscriber.disconnect()
  publisher.disconnect()

  console.log('ioredis', require('ioredis/package.json').version, 'redis-adapter', require('@socket.io/redis-adapter/package.json').version)
  console.log('channel names that arrive with keyPrefix "app:":', names, 'receivers:', receivers)
  const results = {
    'classic, keyPrefix': await twoNodes(port, createAdapter, 'app:'),
    'sharded, none     ': await twoNodes(port, createShardedAdapter),
    'sharded, keyPrefix': await twoNodes(port, createShardedAdapter, 'app:'),
  }
  for (const [name, result] of Object.entries(results)) console.log(name, result)
  assert.deepEqual(names, ['plain', 'app:sharded'])
  assert.deepEqual(receivers, [1, 1])
  const works = { received: ['from the other node'], fetchSockets: '1 found' }
  assert.deepEqual(results['classic, keyPrefix'], works)
  assert.deepEqual(results['sharded, none     '], works)
  assert.deepEqual(results['sharded, keyPrefix'], { received: [], fetchSockets: '0 found' })
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
