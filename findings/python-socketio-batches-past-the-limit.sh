#!/usr/bin/env bash
# What happens: ten events of 30 kB that python-socketio sends by long-polling in one go end the connection when the
# server allows requests of 100 kB: the client joins what waits into one POST, and the server refuses the body with 413.
# The server announces its limit in the handshake (`maxPayload`), and the JavaScript client divides its requests by it;
# the Python client does not read it. Over WebSocket, and with a pause after each event, all of them arrive.
#
# Why it surprises: no event comes near the limit, the server's reason is "transport error", and the client's is
# "server disconnect", after which it does not reconnect. Fast senders and slow networks, where more is waiting, are
# cut off first.
#
# Versions: python-socketio 5.18.1, python-engineio 4.15.1, socket.io 4.8.4, socket.io-client 4.8.4.
#
# For users of Hubbub: await the answer of a command before the next one when you send by polling from Python, or use
# WebSocket.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-socketio==5.18.1 python-engineio==4.15.1 websocket-client==1.9.2 requests==2.34.2
cat >server.cjs <<'JS'
const { Server } = require('socket.io')
const server = require('node:http').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
new Server(server, { maxHttpBufferSize: 100_000 }).on('connection', socket => {
  let count = 0
  socket.on('chunk', () => { if (++count === 10) socket.emit('complete') })
})
JS
cat >client.cjs <<'JS'
const socket = require('socket.io-client').io(process.argv[2], { transports: ['polling'], reconnection: false })
const settle = result => { console.log(result); process.exit(0) }
socket.on('complete', () => settle('all ten arrived'))
socket.on('disconnect', settle)
socket.on('connect', () => { for (let i = 0; i < 10; i++) socket.emit('chunk', 'x'.repeat(30_000)) })
JS
cat >main.py <<'PY'
import importlib.metadata, queue, subprocess
import socketio

def send(url, transport, pause):
    client = socketio.Client(reconnection_delay=0.1)
    outcome = queue.Queue()
    client.on('complete', lambda: outcome.put('all ten arrived'))
    client.on('disconnect', outcome.put)
    client.connect(url, transports=[transport])
    for _ in range(10):
        client.emit('chunk', 'x' * 30_000)
        client.sleep(pause)
    result = outcome.get(timeout=20)
    client.sleep(1)
    connected = client.connected
    client.disconnect()
    return result, connected

server = subprocess.Popen(['node', 'server.cjs'], stdout=subprocess.PIPE, text=True)
try:
    url = 'http://127.0.0.1:' + server.stdout.readline().strip()
    javascript = subprocess.run(['node', 'client.cjs', url], capture_output=True, text=True, timeout=30).stdout.strip()
    at_once = send(url, 'polling', 0)
    paused = send(url, 'polling', 0.4)
    web_socket = send(url, 'websocket', 0)
finally:
    server.terminate()
    server.wait()
print('python-socketio', importlib.metadata.version('python-socketio'), 'python-engineio', importlib.metadata.version('python-engineio'))
print('JavaScript, polling, at once:    ', javascript)
print('Python, polling, at once:        ', at_once[0], '- still connected:', at_once[1])
print('Python, polling, 0.4 s apart:    ', paused[0])
print('Python, WebSocket, at once:      ', web_socket[0])
assert javascript == 'all ten arrived'
assert at_once == ('server disconnect', False)
assert paused[0] == 'all ten arrived'
assert web_socket[0] == 'all ten arrived'
PY
timeout 100 venv/bin/python main.py
