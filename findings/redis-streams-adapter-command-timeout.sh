#!/usr/bin/env bash
# What happens: ioredis's `commandTimeout` also applies to blocking commands. The Redis streams adapter of Socket.IO
# duplicates the client that it is given, options included, and waits with XREAD BLOCK 5000. With `commandTimeout: 1000`
# the promise is rejected after 1 s, but Redis goes on blocking that connection; the entry that ends the wait answers a
# command that nobody waits for any more, and is discarded. The next XREAD starts at `$`, behind it. Every broadcast
# that comes more than a second after the previous one is lost on the other nodes.
#
# Why it surprises: the option is recommended as a safeguard, writing works, nothing is logged, and the adapter is the
# one that is chosen because it does not lose messages. Without the option the same run delivers everything.
#
# Versions: @socket.io/redis-streams-adapter 0.3.1, ioredis 6.0.0, socket.io 4.8.4, redis-server 7.0.
#
# For users of Hubbub: nothing to do; its followers use pub/sub and read the log by number. Whoever uses this adapter
# sets a `commandTimeout` above its `blockTimeInMs` (5,000), or none.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4 ioredis@6.0.0 @socket.io/redis-streams-adapter@0.3.1
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const { Server } = require('socket.io')
const { io: connect } = require('socket.io-client')
const { createAdapter } = require('@socket.io/redis-streams-adapter')
const limit = setTimeout(() => { console.error('no result within 55 s'); process.exit(1) }, 55_000)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function cluster(port, options) {
  const nodes = []
  for (let i = 0; i < 2; i++) {
    const server = http.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = new Redis({ port, ...options })
    nodes.push({ io: new Server(server, { adapter: createAdapter(client) }), client, url: `http://127.0.0.1:${server.address().port}` })
  }
  const user = connect(nodes[1].url, { forceNew: true, transports: ['websocket'] })
  const received = []
  user.on('message', n => received.push(n))
  await once(user, 'connect')
  const admin = new Redis({ port })
  // Both nodes wait for the stream.
  while ((await admin.client('LIST')).split('cmd=xread').length < 3) await pause(50)
  for (let n = 1; n <= 3; n++) {
    await pause(2000)
    nodes[0].io.emit('message', n)
  }
  await pause(2000)
  const stored = await admin.xlen('socket.io')
  await admin.del('socket.io')
  admin.disconnect()
  return { received, stored }
}

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => redis.kill())
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break
  const mode = process.argv[2]
  const result = await cluster(port, mode === 'plain' ? {} : { commandTimeout: 1000 })
  console.log(mode.padEnd(20), 'broadcasts received on the other node:', result.received)
  assert.ok(result.stored >= 3)
  assert.deepEqual(result.received, mode === 'plain' ? [1, 2, 3] : [])
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
echo "redis-streams-adapter $(node -p "require('./node_modules/@socket.io/redis-streams-adapter/package.json').version"), three broadcasts, 2 s apart"
node main.cjs plain
node main.cjs commandTimeout:1000
