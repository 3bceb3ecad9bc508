#!/usr/bin/env bash
# What happens: the classic Redis adapter of Socket.IO subscribes with PSUBSCRIBE to `socket.io#<namespace>#*` and puts
# the namespace's name into that pattern as it is. A namespace with a glob character in its name, such as /team[1],
# therefore listens to /team1: its nodes exchange no broadcasts. Everything on one node works, and `fetchSockets()`,
# which goes through SUBSCRIBE, works across nodes too.
#
# Why it surprises: Socket.IO accepts any name for a namespace, and the adapter's documentation mentions no reserved
# characters. The failure shows only with a second node, and only for broadcasts.
#
# Versions: @socket.io/redis-adapter 8.3.0, ioredis 6.0.0, socket.io 4.8.4, redis-server 7.0.
#
# For users of Hubbub: nothing to do; it has one namespace, and its adapter is the sharded one, which uses no patterns.
# Names of namespaces that come from users or from a database should be encoded, for example with encodeURIComponent
# (which leaves `*` alone: replace that one too).
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
const { Manager } = require('socket.io-client')
const { createAdapter } = require('@socket.io/redis-adapter')
const limit = setTimeout(() => { console.error('no result within 45 s'); process.exit(1) }, 45_000)

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => redis.kill())
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break

  const clients = []
  const client = () => clients[clients.push(new Redis({ port })) - 1]
  const nodes = []
  for (let i = 0; i < 2; i++) {
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    nodes.push({ io: new Server(server, { adapter: createAdapter(client(), client()) }), url: `http://127.0.0.1:${server.address().port}` })
  }
  const [near, far] = nodes

  const results = {}
  for (const name of ['/team1', '/team 1', '/team[1]', '/team\\1']) {
    for (const { io } of nodes) io.of(name)
    const users = nodes.map(({ url }) => new Manager(url, { transports: ['websocket'] }).socket(name))
    const received = [[], []]
    users.forEach((user, i) => user.on('message', text => received[i].push(text)))
    await Promise.all(users.map(user => once(user, 'connect')))
    await Promise.all(clients.map(each => each.ping()))
    near.io.of(name).emit('message', 'hello')
    const sockets = (await near.io.of(name).fetchSockets()).length
    const last = once(users[1], 'last')
    far.io.of(name).local.emit('last')
    await last
    results[name] = { sameNode: received[0].length, otherNode: received[1].length, fetchSockets: sockets }
    for (const user of users) user.io._close()
  }

  console.log('redis-adapter', require('@socket.io/redis-adapter/package.json').version)
  for (const [name, result] of Object.entries(results)) console.log(name.padEnd(10), result)
  assert.deepEqual(results['/team1'], { sameNode: 1, otherNode: 1, fetchSockets: 2 })
  assert.deepEqual(results['/team 1'], { sameNode: 1, otherNode: 1, fetchSockets: 2 })
  assert.deepEqual(results['/team[1]'], { sameNode: 1, otherNode: 0, fetchSockets: 2 })
  assert.deepEqual(results['/team\\1'], { sameNode: 1, otherNode: 0, fetchSockets: 2 })
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
