#!/usr/bin/env bash
# What happens: `io.of(/^\/team-\d+$/).emit(...)` reaches the namespaces that exist on the node that calls it, and only
# through them the other nodes. If nobody on this node has been in /team-1, its members on other nodes receive nothing;
# once somebody connects to /team-1 here, the same call reaches all of them.
#
# Why it surprises: with an adapter, `emit` of the server and of a namespace reach the whole cluster, and the parent
# is documented to reach all the clients of its child namespaces. Whether an announcement arrives depends
# on where other people happen to be connected. `fetchSockets()` of a parent raises an error; `emit` does not.
#
# Versions: socket.io 4.8.4, @socket.io/redis-adapter 8.3.0, ioredis 6.0.0, redis-server 7.0.
#
# For users of Hubbub: nothing to do; it has one namespace, and rooms. Elsewhere put announcements into a namespace that
# all clients share, or pass them on with serverSideEmit.
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
  const subscribed = () => Promise.all(clients.map(each => each.ping()))
  const nodes = []
  for (let i = 0; i < 2; i++) {
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const io = new Server(server, { adapter: createAdapter(client(), client()) })
    nodes.push({ io, teams: io.of(/^\/team-\d+$/), url: `http://127.0.0.1:${server.address().port}` })
  }
  const [here, there] = nodes
  const options = { forceNew: true, transports: ['websocket'] }
  const member = connect(`${there.url}/team-1`, options)
  const received = []
  member.on('announcement', text => received.push(text))
  const last = new Promise(resolve => member.on('last', resolve))
  await once(member, 'connect')
  await subscribed()

  here.teams.emit('announcement', 'team-1 is unknown here')
  there.teams.emit('announcement', 'from the node of the member')
  const other = connect(`${here.url}/team-1`, options)
  await once(other, 'connect')
  await subscribed()
  here.teams.emit('announcement', 'team-1 is known here')
  here.teams.emit('last')
  await last
  let error = 'none'
  try {
    await here.teams.fetchSockets()
  } catch (reason) {
    error = reason.message
  }

  console.log('socket.io', require('socket.io/package.json').version)
  console.log('the member received', received)
  console.log('fetchSockets of the parent:', error)
  assert.deepEqual(received, ['from the node of the member', 'team-1 is known here'])
  assert.match(error, /not supported on parent namespaces/)
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
