#!/usr/bin/env bash
# What happens: ioredis with a rediss:// address of a Redis that speaks no TLS ends as `connect ETIMEDOUT` after
# `connectTimeout` (10 s by default), although the TCP connection is established within a millisecond. Redis takes the
# TLS greeting for the beginning of a line, whose end it does not see behind the first zero byte, and waits for more;
# ioredis counts the handshake as part of connecting.
#
# Why it surprises: other servers answer with something that is not TLS, and Node then reports a TLS error ("wrong
# version number") at once; an HTTP server on the same machine does so here. ETIMEDOUT sends people to
# firewalls and host names, and is retried for ever.
#
# Versions: ioredis 6.0.0, redis-server 7.0, Node.js 20.
#
# For users of Hubbub: a REDIS_URL with rediss:// and nodes that report ETIMEDOUT although the port answers: try
# redis://, or turn TLS on in Redis (`tls-port`).
set -euo pipefail
command -v redis-server >/dev/null || { echo 'redis-server is missing: apt-get install redis-server' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ioredis@6.0.0
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const Redis = require('ioredis')
const limit = setTimeout(() => { console.error('no result within 45 s'); process.exit(1) }, 45_000)

async function firstError(url) {
  const redis = new Redis(url, { connectTimeout: 4000, maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true })
  const begin = Date.now()
  const failed = new Promise(resolve => redis.on('error', resolve))
  redis.connect().catch(() => undefined)
  const error = await failed
  redis.disconnect()
  return { code: error.code, message: error.message.split('\n')[0].slice(0, 60), afterMs: Date.now() - begin }
}

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => server.kill())
  for await (const line of server.stdout) if (String(line).includes('Ready to accept')) break
  const web = http.createServer().listen(0, '127.0.0.1')
  await once(web, 'listening')

  const plain = new Redis(`redis://127.0.0.1:${port}`)
  const pong = await plain.ping()
  plain.disconnect()
  const redis = await firstError(`rediss://127.0.0.1:${port}`)
  const other = await firstError(`rediss://127.0.0.1:${web.address().port}`)
  console.log('ioredis', require('ioredis/package.json').version)
  console.log('redis://  to a Redis without TLS:      ', pong)
  console.log('rediss:// to a Redis without TLS:      ', redis)
  console.log('rediss:// to an HTTP server without TLS:', other)
  assert.equal(pong, 'PONG')
  assert.equal(redis.code, 'ETIMEDOUT')
  assert.equal(redis.message, 'connect ETIMEDOUT')
  assert.ok(redis.afterMs >= 3900)
  assert.equal(other.code, 'ERR_SSL_WRONG_VERSION_NUMBER')
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
