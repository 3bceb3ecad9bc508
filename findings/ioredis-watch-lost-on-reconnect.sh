#!/usr/bin/env bash
# What happens: ioredis reconnects by itself and restores the database number and the subscriptions, but not WATCH. If the
# connection is lost between watch() and exec(), the transaction runs on a new connection that watches nothing, so it
# succeeds although somebody else has changed the key: their change is overwritten. node-redis, in the same sequence,
# refuses the transaction with WatchError; ioredis without a lost connection answers null, as it should.
#
# Why it surprises: WATCH exists to make exactly this impossible, and reconnecting is taken to be transparent since
# everything else of the connection is put back. No error and no null: the reply says OK.
#
# Versions: ioredis 6.0.0, redis (node-redis) 6.3.1, redis-server 7.0.
#
# For users of Hubbub: nothing to do; its read-modify-write steps are scripts. Elsewhere use a script, or end what is
# between watch() and exec() on every `close` event of the client.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0 redis@6.3.1
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const { createClient } = require('redis')
const limit = setTimeout(() => { console.error('no result within 40 s'); process.exit(1) }, 40_000)

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => server.kill())
  for await (const line of server.stdout) if (String(line).includes('Ready to accept')) break
  const other = new Redis({ port })
  const change = () => other.set('seats', 'taken by another')
  const result = async reply => ({ reply, seats: await other.get('seats') })

  async function withIoredis(loseConnection) {
    const redis = new Redis({ port })
    await other.set('seats', 'free')
    await redis.watch('seats')
    assert.equal(await redis.get('seats'), 'free')
    if (loseConnection) {
      const id = await redis.client('ID')
      const ready = new Promise(resolve => redis.once('ready', resolve))
      await other.client('KILL', 'ID', id)
      await ready
    }
    await change()
    const reply = await redis.multi().set('seats', 'mine').exec()
    redis.disconnect()
    return result(JSON.stringify(reply))
  }

  async function withNodeRedis() {
    const redis = createClient({ socket: { host: '127.0.0.1', port } })
    redis.on('error', () => undefined)
    await redis.connect()
    await other.set('seats', 'free')
    await redis.watch('seats')
    const id = await redis.sendCommand(['CLIENT', 'ID'])
    const ready = new Promise(resolve => redis.once('ready', resolve))
    await other.client('KILL', 'ID', id)
    await ready
    await change()
    const reply = await redis.multi().set('seats', 'mine').exec().then(JSON.stringify, error => error.constructor.name)
    redis.destroy()
    return result(reply)
  }

  const kept = await withIoredis(false)
  const lost = await withIoredis(true)
  const nodeRedis = await withNodeRedis()
  console.log('ioredis', require('ioredis/package.json').version)
  console.log('ioredis, connection kept:   ', kept)
  console.log('ioredis, connection lost:   ', lost)
  console.log('node-redis, connection lost:', nodeRedis)
  assert.deepEqual(kept, { reply: 'null', seats: 'taken by another' })
  assert.deepEqual(lost, { reply: '[[null,"OK"]]', seats: 'mine' })
  assert.deepEqual(nodeRedis, { reply: 'WatchError', seats: 'taken by another' })
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
