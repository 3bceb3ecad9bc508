#!/usr/bin/env bash
# What happens: when Locust stops users of SocketIOUser (a load shape that goes down, the Stop button), their Socket.IO
# connections stay open: heartbeats are answered, events are received and counted. Here a shape goes from three users to
# one; Locust reports one user and the server still has three connections, until the process ends.
#
# Why it surprises: a stopped HTTP user makes no more load, so a ramp-down is expected to unload the server. The
# connection belongs to threads of its own, which stopping the user's greenlet does not reach.
#
# Versions: locust 2.47.0, python-socketio 5.18.1, socket.io 4.8.4.
#
# For users of Hubbub: its own locustfile ends its connections itself. With SocketIOUser, disconnect in on_stop, as the
# second half of the script does.
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
const server = require('node:http').createServer((request, response) => response.end(String(io.engine.clientsCount)))
const io = new Server(server, { pingInterval: 1000, pingTimeout: 1000 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
JS
cat >main.py <<'PY'
import gevent.monkey
gevent.monkey.patch_all()
import importlib.metadata, subprocess, time, urllib.request
from locust import constant, task
from locust.contrib.socketio import SocketIOUser
from locust.env import Environment

class Stays(SocketIOUser):
    wait_time = constant(0.1)

    def on_start(self):
        self.sio.connect(self.host, transports=['websocket'])

    @task
    def wait(self):
        pass

class Leaves(Stays):
    def on_stop(self):
        self.sio.disconnect()

server = subprocess.Popen(['node', 'server.cjs'], stdout=subprocess.PIPE, text=True)
url = 'http://127.0.0.1:' + server.stdout.readline().strip()

def connections():
    return int(urllib.request.urlopen(url, timeout=5).read())

def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, 'no change within 20 s'
        time.sleep(0.05)

def ramp_down(user_class):
    before = connections()
    environment = Environment(user_classes=[user_class], host=url)
    runner = environment.create_local_runner()
    runner.start(3, spawn_rate=10)
    until(lambda: connections() == before + 3)
    runner.start(1, spawn_rate=10)
    until(lambda: runner.user_count == 1)
    # Twice the time after which a connection that answers no heartbeat is closed.
    time.sleep(4)
    result = {'users': runner.user_count, 'connections': connections() - before}
    runner.quit()
    return result

try:
    stays, leaves = ramp_down(Stays), ramp_down(Leaves)
finally:
    server.terminate()
    server.wait()
print('locust', importlib.metadata.version('locust'))
print('after going from three users to one:', stays)
print('the same, disconnecting in on_stop: ', leaves)
assert stays == {'users': 1, 'connections': 3}
assert leaves == {'users': 1, 'connections': 1}
PY
venv/bin/python main.py
