#!/usr/bin/env bash
# What happens: a Socket.IO server with connection state recovery appends an offset to the arguments of every event that
# is neither volatile nor acknowledged, for every client, also for those that do not know the feature. A handler in
# Python with one parameter then raises TypeError for each event, in a background thread, and the connection stays up:
# the program receives nothing. The handler of an event with acknowledgement goes on working.
#
# Why it surprises: an option that is described as transparent for the application changes the arity of every event.
# JavaScript handlers ignore surplus arguments; the Python client (and any other that checks arity) cannot.
#
# Versions: socket.io 4.8.4, python-socketio 5.18.1, python-engineio 4.15.1, websocket-client 1.9.2.
#
# For users of Hubbub: nothing to do, it leaves the option off. Python programs that also talk to other servers should
# declare handlers as `def on_message(data, *_)`.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-socketio==5.18.1 python-engineio==4.15.1 websocket-client==1.9.2 requests==2.34.2
cat >server.cjs <<'JS'
const { Server } = require('socket.io')
const server = require('node:http').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
const io = new Server(server, process.argv[2] === 'on' ? { connectionStateRecovery: {} } : {})
io.on('connection', socket => socket.on('go', () => {
  socket.emit('message', 'hello')
  socket.emit('question', 'ready?', () => socket.volatile.emit('done'))
}))
JS
cat >main.py <<'PY'
import importlib.metadata, subprocess, threading
import socketio

def run(recovery):
    server = subprocess.Popen(['node', 'server.cjs', recovery], stdout=subprocess.PIPE, text=True)
    try:
        received, errors, done = [], [], threading.Event()
        failed = threading.Event()
        def hook(args):
            errors.append(f'{args.exc_type.__name__}: {args.exc_value}')
            failed.set()
        threading.excepthook = hook
        client = socketio.Client(reconnection=False)
        def message(data):
            received.append(('message', data))
            failed.set()
        def question(data):
            received.append(('question', data))
        client.on('message', message)
        client.on('question', question)
        client.on('done', done.set)
        client.connect('http://127.0.0.1:' + server.stdout.readline().strip(), transports=['websocket'])
        client.emit('go')
        assert done.wait(20) and failed.wait(20)
        connected = client.connected
        client.disconnect()
        return sorted(received), errors, connected
    finally:
        server.terminate()
        server.wait()

off, on = run('off'), run('on')
print('python-socketio', importlib.metadata.version('python-socketio'), 'against socket.io 4.8.4')
print('connectionStateRecovery off:', off)
print('connectionStateRecovery on: ', on)
assert off == ([('message', 'hello'), ('question', 'ready?')], [], True)
assert on[0] == [('question', 'ready?')] and on[2] is True
assert len(on[1]) == 1 and 'takes 1 positional argument but 2 were given' in on[1][0]
PY
timeout 50 venv/bin/python main.py
