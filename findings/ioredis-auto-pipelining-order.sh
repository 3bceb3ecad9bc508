#!/usr/bin/env bash
# What happens: with `enableAutoPipelining`, ioredis collects the commands of a tick and sends them at its end, but a
# transaction of the same tick is sent at once. In `set('k', 'new'); multi().get('k').exec()` the transaction overtakes
# the SET and reads the old value, although both use one connection. Without the option the order is kept; so is it for
# a plain GET, which waits in the same queue.
#
# Why it surprises: one connection to Redis is relied on to keep the order of calls, and the option is presented as a
# change of performance alone. A transaction that was to come last comes first.
#
# Versions: ioredis 6.0.0, redis-server 7.0.
#
# For users of Hubbub: nothing to do, it does not set the option. Elsewhere, await what a transaction builds on, or put
# it into the transaction.
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const limit = setTimeout(() => { console.error('no result within 30 s'); process.exit(1) }, 30_000)

async function read(port, options) {
  const redis = new Redis({ port, ...options })
  await redis.set('k', 'old')
  const [, plain] = await Promise.all([redis.set('k', 'new'), redis.get('k')])
  await redis.set('k', 'old')
  const [, [[, transaction]]] = await Promise.all([redis.set('k', 'new'), redis.multi().get('k').exec()])
  const afterwards = await redis.get('k')
  redis.disconnect()
  return { plain, transaction, afterwards }
}

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const redis = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => redis.kill())
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept')) break

  const off = await read(port, {})
  const on = await read(port, { enableAutoPipelining: true })
  console.log('ioredis', require('ioredis/package.json').version)
  console.log('what follows a SET to "new" in the same tick reads')
  console.log('  enableAutoPipelining off:', off)
  console.log('  enableAutoPipelining on: ', on)
  assert.deepEqual(off, { plain: 'new', transaction: 'new', afterwards: 'new' })
  assert.deepEqual(on, { plain: 'new', transaction: 'old', afterwards: 'new' })
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
