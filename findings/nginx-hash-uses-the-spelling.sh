#!/usr/bin/env bash
# What happens: `hash KEY consistent` places a server by the text of its `server` line, not by its address. Two nginx in
# front of the same three nodes, one with `server 127.0.0.1:PORT` and the other with `server localhost:PORT`, send about
# two thirds of the keys to different nodes. Sorting the lines differently changes nothing.
#
# Why it surprises: "consistent" is chosen so that several load balancers agree, and both configurations are right and
# behave alike in any test with one of them. Changing an address to a host name, in one place at first, moves sessions.
#
# Versions: nginx 1.22.1 (Debian 12).
#
# For users of Hubbub: nothing to do; its template routes a session by the node's name within the sid, without a hash.
# With a configuration of your own, generate the `server` lines of all load balancers from one list.
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
const { lookup } = require('node:dns/promises')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const limit = setTimeout(() => { console.error('no result within 50 s'); process.exit(1) }, 50_000)
const get = (port, path) => new Promise((resolve, reject) => {
  http.get({ port, host: '127.0.0.1', path, agent: false }, async response => {
    let body = ''
    for await (const chunk of response) body += chunk
    resolve({ body, server: response.headers.server })
  }).on('error', reject)
})
async function listen(server, port, host) {
  server.listen(port, host)
  await once(server, 'listening')
  return server.address().port
}

async function run() {
  // Each node answers at every address of the name localhost.
  const others = (await lookup('localhost', { all: true })).map(each => each.address).filter(address => address !== '127.0.0.1')
  const nodes = []
  for (const name of ['n1', 'n2', 'n3']) {
    const answer = (request, response) => response.end(name)
    const port = await listen(http.createServer(answer), 0, '127.0.0.1')
    for (const address of others) await listen(http.createServer(answer), port, address)
    nodes.push(port)
  }
  const fronts = []
  for (let i = 0; i < 3; i++) {
    const probe = net.createServer()
    fronts.push([probe, await listen(probe, 0, '127.0.0.1')])
  }
  for (const [probe] of fronts) probe.close()
  const ports = fronts.map(([, port]) => port)
  const upstream = (name, host, list) => `upstream ${name} { hash $arg_sid consistent; ${list.map(port => `server ${host}:${port};`).join(' ')} }
    server { listen 127.0.0.1:${ports[name.slice(1)]}; location / { proxy_pass http://${name}; } }`
  fs.writeFileSync('nginx.conf', `
    daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events {}
    http {
      access_log off;
      client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
      ${upstream('u0', '127.0.0.1', nodes)} ${upstream('u1', '127.0.0.1', [...nodes].reverse())} ${upstream('u2', 'localhost', nodes)}
    }`)
  const nginx = spawn('nginx', ['-p', process.cwd(), '-c', 'nginx.conf', '-e', 'error.log'])
  process.on('exit', () => nginx.kill())
  while (!(await get(ports[0], '/').catch(() => false))) await new Promise(resolve => setTimeout(resolve, 50))

  const keys = 300
  const differ = { 'other order': 0, 'other spelling': 0 }
  for (let i = 0; i < keys; i++) {
    const [address, order, spelling] = await Promise.all(ports.map(port => get(port, `/?sid=session${i}`)))
    if (order.body !== address.body) differ['other order']++
    if (spelling.body !== address.body) differ['other spelling']++
  }
  console.log((await get(ports[0], '/')).server)
  console.log(`of ${keys} keys, so many reach another node than with "server 127.0.0.1:PORT":`, differ)
  assert.equal(differ['other order'], 0)
  assert.ok(differ['other spelling'] > keys / 3)
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
