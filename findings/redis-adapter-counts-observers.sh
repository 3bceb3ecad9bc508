#!/usr/bin/env bash
# What happens: the classic Redis adapter of Socket.IO asks Redis how many subscribers its request channel has, and then
# waits for as many answers. Somebody who watches that channel with `redis-cli subscribe` counts as a node that never
# answers: while the terminal is open, `fetchSockets()` fails with a time-out on every node. `redis-cli psubscribe '*'`,
# which shows the same messages, is not counted and does no harm.
#
# Why it surprises: listening is thought to be free of side effects, and the error ("timeout reached while waiting for
# fetchSockets response") points to a slow node, not to a terminal.
#
# Versions: @socket.io/redis-adapter 8.3.0, ioredis 6.0.0, socket.io 4.8.4, redis-server and redis-cli 7.0.
#
# For users of Hubbub: nothing to do; no path a user waits for asks the other nodes. To watch the traffic of such a
# cluster use PSUBSCRIBE or MONITOR, never SUBSCRIBE.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 ioredis@6.0.0 @socket.io/redis-adapter@8.3.0
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const { Server } = require('socket.io')
const { createAdapter } = require('@socket.io/redis-adapter')
const limit = setTimeout(() => { console.error('no result within 45 s'); process.exit(1) }, 45_000)

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const children = []
  process.on('exit', () => children.forEach(child => child.kill()))
  const start = (...command) => children[children.push(spawn(command[0], command.slice(1))) - 1]
  const redis = start('redis-server', '--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no')
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break

  const clients = []
  const client = () => clients[clients.push(new Redis({ port })) - 1]
  const [node] = [0, 1].map(() => new Server({ adapter: createAdapter(client(), client(), { requestsTimeout: 4000 }) }))
  node.of('/')
  await Promise.all(clients.map(each => each.ping()))

  const fetchSockets = () => node.fetchSockets().then(sockets => `${sockets.length} sockets`, error => error.message)
  const channel = 'socket.io-request#/#'
  const subscriptions = async () => Number(await clients[0].pubsub('NUMPAT')) + Number((await clients[0].pubsub('NUMSUB', channel))[1])
  async function until(count) {
    while (await subscriptions() !== count) await new Promise(resolve => setTimeout(resolve, 20))
  }
  const nodesOnly = await subscriptions()
  async function watchedBy(...args) {
    const observer = start('redis-cli', '-p', port, ...args)
    await until(nodesOnly + 1)
    const result = await fetchSockets()
    observer.kill()
    await until(nodesOnly)
    return result
  }
  const alone = await fetchSockets()
  const pattern = await watchedBy('psubscribe', '*')
  const exact = await watchedBy('subscribe', channel)
  const after = await fetchSockets()

  console.log('redis-adapter', require('@socket.io/redis-adapter/package.json').version)
  console.log({ alone, 'psubscribe *': pattern, [`subscribe ${channel}`]: exact, after })
  assert.equal(alone, '0 sockets')
  assert.equal(pattern, '0 sockets')
  assert.equal(exact, 'timeout reached while waiting for fetchSockets response')
  assert.equal(after, '0 sockets')
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
