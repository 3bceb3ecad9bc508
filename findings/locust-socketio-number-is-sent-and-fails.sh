#!/usr/bin/env bash
# What happens: in Locust's SocketIOUser `self.sio.emit('progress', 5)` sends the event and then raises TypeError, because
# the length that it records is `len(data)`. The task is aborted after its effect, and the request is recorded neither
# as a success nor as a failure. 0, an empty string and lists work. The same line is in the handler of received events: an event
# that carries a number is dropped in a background thread, and the run ends with exit code 0.
#
# Why it surprises: a number is an ordinary payload for Socket.IO, the plain python-socketio client sends it, and an
# exception is expected to mean that nothing was sent. A retry sends it twice.
#
# Versions: locust 2.47.0, python-socketio 5.18.1, socket.io 4.8.4.
#
# For users of Hubbub: its payloads are objects, so they are measured (by their number of keys, not of bytes). Wrap
# numbers of your own events in an object, and override on_message.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check locust==2.47.0 python-socketio==5.18.1 python-engineio==4.15.1 websocket-client==1.9.2
cat >server.cjs <<'JS'
const { Server } = require('socket.io')
const server = require('node:http').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
new Server(server).on('connection', socket => {
  const received = []
  socket.on('progress', value => received.push(value))
  socket.on('report', reply => {
    socket.emit('number', 7)
    reply(JSON.stringify(received))
  })
})
JS
cat >locustfile.py <<'PY'
from locust import constant, task
from locust.contrib.socketio import SocketIOUser

class Sender(SocketIOUser):
    wait_time = constant(0)

    @task
    def send(self):
        self.sio.connect(self.host, transports=['websocket'])
        lines = []
        for value in (0, 5, 'text', 2.5):
            try:
                self.sio.emit('progress', value)
                lines.append(f'emit({value!r}) returned')
            except TypeError as error:
                lines.append(f'emit({value!r}) raised TypeError: {error}')
        lines.append(f"the server received {self.sio.call('report')}")
        self.sio.sleep(0.5)
        with open('lines', 'w') as file:
            file.write('\n'.join(lines))
        self.environment.runner.quit()
PY
cat >main.py <<'PY'
import importlib.metadata, json, subprocess

server = subprocess.Popen(['node', 'server.cjs'], stdout=subprocess.PIPE, text=True)
try:
    url = 'http://127.0.0.1:' + server.stdout.readline().strip()
    run = subprocess.run(['venv/bin/locust', '--headless', '--json', '-u', '1', '-t', '30s', '-H', url],
                         capture_output=True, text=True, timeout=50)
finally:
    server.terminate()
    server.wait()
rows = {(row['method'], row['name']): row for row in json.loads(run.stdout)}
progress = rows['WSE', 'progress']
with open('lines') as file:
    lines = file.read().splitlines()
print('locust', importlib.metadata.version('locust'))
print('\n'.join(lines))
print('recorded for the event sent:', progress['num_requests'], 'requests,', progress['num_failures'], 'failures; exit code', run.returncode)
print('recorded for the event received:', rows.get(('WSR', 'number')))
assert lines == [
    'emit(0) returned',
    "emit(5) raised TypeError: object of type 'int' has no len()",
    "emit('text') returned",
    "emit(2.5) raised TypeError: object of type 'float' has no len()",
    'the server received [0,5,"text",2.5]',
]
assert (progress['num_requests'], progress['num_failures']) == (2, 0)
assert ('WSR', 'number') not in rows and 'in on_message' in run.stderr
assert run.returncode == 0
PY
venv/bin/python main.py
