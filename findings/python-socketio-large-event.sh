#!/usr/bin/env bash
# What happens: an event of 5 MB that a Socket.IO server sends reaches python-socketio's Client on both transports, and
# its AsyncClient by long-polling, but over WebSocket AsyncClient closes the connection with "transport error". aiohttp,
# on which it runs, takes at most 4 MiB a WebSocket message unless it is told otherwise; the Engine.IO handshake does
# not tell the server of this limit, so the server cannot keep to it.
#
# Why it surprises: one library, one protocol and one server, and whether a large event arrives depends on the transport
# that the upgrade happens to have reached. With reconnection on, a client that gets the event again (a history, a
# snapshot) is cut off again, for ever.
#
# Versions: python-socketio 5.18.1, python-engineio 4.15.1, aiohttp 3.14.5, websocket-client 1.9.2, socket.io 4.8.4.
#
# For users of Hubbub: nothing to do; its pages and messages stay far below. For other servers pass
# AsyncClient(websocket_extra_options={'max_msg_size': 0}).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-socketio==5.18.1 python-engineio==4.15.1 aiohttp==3.14.5 websocket-client==1.9.2 requests==2.34.2
cat >server.cjs <<'JS'
const { Server } = require('socket.io')
const server = require('node:http').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
new Server(server).on('connection', socket => socket.on('fetch', bytes => socket.emit('snapshot', 'x'.repeat(bytes))))
JS
cat >main.py <<'PY'
import asyncio, importlib.metadata, queue, subprocess
import socketio

async def with_async_client(url, transport, size, **options):
    client = socketio.AsyncClient(reconnection=False, **options)
    outcome = asyncio.get_running_loop().create_future()
    def settle(value):
        if not outcome.done():
            outcome.set_result(value)
    client.on('snapshot', lambda text: settle(f'received {len(text)}'))
    client.on('disconnect', settle)
    await client.connect(url, transports=[transport])
    await client.emit('fetch', size)
    result = await asyncio.wait_for(outcome, 30)
    await client.disconnect()
    return result

def with_client(url, transport, size):
    client = socketio.Client(reconnection=False)
    outcome = queue.Queue()
    client.on('snapshot', lambda text: outcome.put(f'received {len(text)}'))
    client.on('disconnect', outcome.put)
    client.connect(url, transports=[transport])
    client.emit('fetch', size)
    result = outcome.get(timeout=30)
    client.disconnect()
    return result

server = subprocess.Popen(['node', 'server.cjs'], stdout=subprocess.PIPE, text=True)
try:
    url = 'http://127.0.0.1:' + server.stdout.readline().strip()
    size = 5_000_000
    results = {
        'Client, polling': with_client(url, 'polling', size),
        'Client, WebSocket': with_client(url, 'websocket', size),
        'AsyncClient, polling': asyncio.run(with_async_client(url, 'polling', size)),
        'AsyncClient, WebSocket': asyncio.run(with_async_client(url, 'websocket', size)),
        'AsyncClient, WebSocket, 4,000,000': asyncio.run(with_async_client(url, 'websocket', 4_000_000)),
        'AsyncClient, WebSocket, max_msg_size 0': asyncio.run(with_async_client(url, 'websocket', size, websocket_extra_options={'max_msg_size': 0})),
    }
finally:
    server.terminate()
    server.wait()
print('python-socketio', importlib.metadata.version('python-socketio'), 'aiohttp', importlib.metadata.version('aiohttp'))
for name, result in results.items():
    print(f'{name}: {result}')
assert list(results.values()) == ['received 5000000'] * 3 + ['transport error', 'received 4000000', 'received 5000000']
PY
timeout 120 venv/bin/python main.py
