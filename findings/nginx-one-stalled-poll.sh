#!/usr/bin/env bash
# What happens: with three nodes behind `hash $arg_sid consistent` and nginx's defaults, a single GET that no node
# answers within proxy_read_timeout makes nginx answer 502 to every request for several seconds. Each attempt that times out
# counts as a failure of that node (max_fails=1), the GET is handed on to the next node and times out there too, and
# then no node is left until the first one's ten seconds (fail_timeout) are over. The log says "no live upstreams"; all nodes are idle and healthy.
#
# Why it surprises: each rule by itself is documented and harmless (retry idempotent requests, avoid a failing server).
# Together they let one slow endpoint, such as a long poll whose interval is longer than proxy_read_timeout, take every
# node away from every client.
#
# Versions: nginx 1.22.1 (Debian 12), one worker.
#
# For users of Hubbub: the nginx template that comes with it sets max_fails=0 and names the errors that are passed on.
# In your own configuration keep both, and keep proxy_read_timeout above the ping interval plus the ping timeout.
set -euo pipefail
command -v nginx >/dev/null || { echo 'nginx is missing: apt-get install nginx' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const limit = setTimeout(() => { console.error('no result within 50 s'); process.exit(1) }, 50_000)
const get = (port, path) => new Promise((resolve, reject) => {
  http.get({ port, host: '127.0.0.1', path, agent: false }, response => resolve(response.resume().statusCode)).on('error', reject)
})

async function run() {
  const stalled = []
  const ports = []
  for (let i = 0; i < 3; i++) {
    const node = http.createServer((request, response) => {
      if (request.url.startsWith('/slow')) return stalled.push(i)
      response.end('ok')
    }).listen(0, '127.0.0.1')
    await once(node, 'listening')
    ports.push(node.address().port)
  }
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  fs.writeFileSync('nginx.conf', `
    daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events {}
    http {
      access_log off;
      client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
      upstream nodes { hash $arg_sid consistent; ${ports.map(each => `server 127.0.0.1:${each};`).join(' ')} }
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://nodes; proxy_read_timeout 2s; } }
    }`)
  const nginx = spawn('nginx', ['-p', process.cwd(), '-c', 'nginx.conf', '-e', 'error.log'])
  process.on('exit', () => nginx.kill())
  const all = async () => {
    const counts = {}
    for (let i = 0; i < 30; i++) {
      const status = await get(port, `/?sid=${i}`)
      counts[status] = (counts[status] ?? 0) + 1
    }
    return counts
  }
  while (!(await get(port, '/').catch(() => false))) await new Promise(resolve => setTimeout(resolve, 50))

  const before = await all()
  const slow = await get(port, '/slow?sid=1')
  const begin = Date.now()
  const after = await all()
  let recovered
  do {
    await new Promise(resolve => setTimeout(resolve, 250))
    recovered = await all()
  } while (recovered[200] !== 30)
  const seconds = (Date.now() - begin) / 1000

  console.log(await banner(port))
  console.log('30 requests before:', before)
  console.log('one slow request:', slow, 'tried on', stalled.length, 'nodes')
  console.log('30 requests after it:', after)
  console.log('no request fails any more after', seconds.toFixed(1), 's')
  assert.deepEqual(before, { 200: 30 })
  assert.equal(slow, 504)
  assert.equal(new Set(stalled).size, 3)
  assert.deepEqual(after, { 502: 30 })
  assert.match(fs.readFileSync('error.log', 'utf8'), /no live upstreams/)
  assert.ok(seconds > 3)
  clearTimeout(limit)
  process.exit(0)
}
const banner = port => new Promise(resolve => {
  http.get({ port, host: '127.0.0.1', path: '/' }, response => resolve(response.resume().headers.server))
})
run()
JS
node main.cjs
