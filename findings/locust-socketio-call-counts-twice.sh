#!/usr/bin/env bash
# What happens: in Locust's SocketIOUser each `self.sio.call(...)` is recorded as two requests, a WSC with its real
# response time and a WSE of 0 ms. `call` of python-socketio sends through `self.emit`, which the class overrides with a
# version that records too. So ten calls are twenty requests, and the aggregated average is half of the real one; the
# aggregated median is 0.
#
# Why it surprises: the rates and the aggregated line are what tests compare and what `--csv` and the exit conditions
# use; a program of nothing but calls looks twice as fast and half as slow, and no row is obviously wrong.
#
# Versions: locust 2.47.0, python-socketio 5.18.1, socket.io 4.8.4.
#
# For users of Hubbub: read the WSC rows, not the aggregated one, when you drive it with SocketIOUser. Its own locustfile
# is not affected: it records its requests itself.
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
let received = 0
new Server(server).on('connection', socket => socket.on('question', reply => {
  received++
  setTimeout(() => reply(received), 100)
}))
JS
cat >locustfile.py <<'PY'
from locust import constant, task
from locust.contrib.socketio import SocketIOUser

class Caller(SocketIOUser):
    wait_time = constant(0)

    @task
    def ask(self):
        self.sio.connect(self.host, transports=['websocket'])
        for _ in range(10):
            answered = self.sio.call('question')
        with open('received', 'w') as file:
            file.write(str(answered))
        self.sio.disconnect()
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
average = {kind: rows[kind, 'question']['total_response_time'] / rows[kind, 'question']['num_requests'] for kind in ('WSC', 'WSE')}
with open('received') as file:
    received = file.read()
print('locust', importlib.metadata.version('locust'))
print('calls that the server received:', received)
for kind in ('WSC', 'WSE'):
    print(kind, 'question:', rows[kind, 'question']['num_requests'], 'requests, average', round(average[kind]), 'ms')
assert received == '10'
assert [rows[kind, 'question']['num_requests'] for kind in ('WSC', 'WSE')] == [10, 10]
assert average['WSC'] >= 95 and average['WSE'] == 0
PY
venv/bin/python main.py
