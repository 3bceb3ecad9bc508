#!/usr/bin/env bash
# What happens: inside a Redis script one integer is written in two ways. Passed to redis.call it keeps 17 significant
# digits; joined to a string, or encoded by cjson, it keeps 14. The microsecond clock of today has 16, so
# 1764496098123456 becomes 1.7644960981235e+15 in JSON, also when cjson only decodes and encodes it again.
#
# Why it surprises: the number is exact in Lua (a double is, up to 2^53), returning it or storing it proves so, and
# JSON.stringify of the same double is exact. The loss of two digits in one of the paths goes unnoticed: JSON.parse
# takes the exponent, and the time is wrong by up to 50 microseconds, or the id is another one.
#
# Versions: redis-server 7.0 (Lua 5.1, its cjson), ioredis 6.0.0.
#
# For users of Hubbub: nothing to do; its scripts count in milliseconds (13 digits) and pass JSON through as text.
# Scripts of your own should keep ids and microseconds as strings, or format them: string.format('%.0f', n).
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
const micros = '1764496098123456'
const script = `
  local n = tonumber(ARGV[1])
  redis.call('SET', KEYS[1], n)
  redis.call('ZADD', KEYS[2], n, 'member')
  return {
    redis.call('GET', KEYS[1]),
    redis.call('ZSCORE', KEYS[2], 'member'),
    string.format('%.0f', n),
    n .. '',
    cjson.encode({ at = n }),
    cjson.encode(cjson.decode('{"at":' .. ARGV[1] .. '}'))
  }`

async function run() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  process.on('exit', () => server.kill())
  for await (const line of server.stdout) if (String(line).includes('Ready to accept')) break
  const redis = new Redis({ port })
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))[1]
  const [set, zadd, format, joined, encoded, again] = await redis.eval(script, 2, 'key', 'sorted', micros)
  redis.disconnect()
  console.log('redis-server', version, 'given', micros)
  console.log({ set, zadd, format, joined, encoded, again, 'JSON.stringify in Node': JSON.stringify({ at: Number(micros) }) })
  for (const exact of [set, zadd, format]) assert.equal(exact, micros)
  assert.equal(joined, '1.7644960981235e+15')
  for (const json of [encoded, again]) assert.equal(json, '{"at":1.7644960981235e+15}')
  assert.equal(JSON.parse(encoded).at - Number(micros), 44)
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
