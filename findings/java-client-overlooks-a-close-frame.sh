#!/usr/bin/env bash
# What happens: when a server closes a WebSocket properly, with a close frame, the Java client of Socket.IO does not
# notice: `connected()` stays true and no `disconnect` comes until the heartbeat is missed, 45 s later with the defaults.
# If the server only cuts the TCP connection, the client reconnects at once; so it does by long-polling. OkHttp waits for
# the application to answer the close frame, which the client never does, and reads nothing more from the connection.
#
# Why it surprises: the polite way of closing is a hundred times slower than a crash. A server that is restarted
# gracefully leaves its Java and Android clients deaf for most of a minute; one that is killed does not.
#
# Versions: io.socket:socket.io-client 2.1.2 (engine.io-client 2.1.0, okhttp 3.12.12), socket.io 4.8.4. The server
# here has pingInterval 6 s and pingTimeout 4 s, so 10 s takes the place of 45.
#
# For users of Hubbub: when a node drains, such a client is away for up to PING_INTERVAL_MS + PING_TIMEOUT_MS, 16 s with
# the defaults, instead of a second. Let it listen to the event `drain` and reconnect on its own: disconnect(), connect().
set -euo pipefail
command -v mvn >/dev/null && command -v javac >/dev/null || { echo 'Maven or a JDK is missing: apt-get install maven' >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId><artifactId>findings</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.socket</groupId><artifactId>socket.io-client</artifactId><version>2.1.2</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Watch.java <<'JAVA'
import io.socket.client.IO;
import io.socket.client.Socket;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Watch {
    public static void main(String[] args) throws Exception {
        IO.Options options = new IO.Options();
        options.transports = new String[] {args[1]};
        options.reconnectionDelay = 100;
        options.reconnectionDelayMax = 100;
        Socket socket = IO.socket(args[0], options);
        LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
        socket.on(Socket.EVENT_CONNECT, ignored -> events.add("connect"));
        socket.on(Socket.EVENT_DISCONNECT, reason -> events.add("disconnect: " + reason[0]));
        socket.connect();
        if (events.poll(30, TimeUnit.SECONDS) == null) System.exit(1);
        long begin = System.nanoTime();
        socket.emit(args[2]);
        String event = events.poll(30, TimeUnit.SECONDS);
        long ms = (System.nanoTime() - begin) / 1_000_000;
        String next = events.poll(30, TimeUnit.SECONDS);
        System.out.println("{\"event\":\"" + event + "\",\"ms\":" + ms + ",\"next\":\"" + next + "\"}");
        System.exit(0);
    }
}
JAVA
javac -cp 'lib/*' Watch.java
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const { promisify } = require('node:util')
const { execFile } = require('node:child_process')
const { once } = require('node:events')
const { Server } = require('socket.io')

async function run() {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const io = new Server(server, { pingInterval: 6000, pingTimeout: 4000 })
  io.on('connection', socket => {
    socket.on('close properly', () => socket.conn.close())
    socket.on('cut', () => socket.conn.transport.socket.terminate())
  })
  const watch = async (transport, how) => JSON.parse((await promisify(execFile)('java',
    ['-cp', 'lib/*:.', 'Watch', `http://127.0.0.1:${server.address().port}`, transport, how], { timeout: 90_000 })).stdout)
  const [properly, cut, polling] = await Promise.all([watch('websocket', 'close properly'), watch('websocket', 'cut'), watch('polling', 'close properly')])
  console.log(fs.readdirSync('lib').filter(name => /client|okhttp/.test(name)).join(' '))
  console.log('WebSocket, closed with a close frame:', properly)
  console.log('WebSocket, TCP connection cut:       ', cut)
  console.log('long-polling, session closed:        ', polling)
  assert.equal(properly.event, 'disconnect: ping timeout')
  assert.ok(properly.ms > 8000)
  assert.equal(cut.event, 'disconnect: transport error')
  assert.equal(polling.event, 'disconnect: transport close')
  for (const each of [cut, polling]) assert.ok(each.ms < 6000)
  for (const each of [properly, cut, polling]) assert.equal(each.next, 'connect')
  process.exit(0)
}
run()
JS
node main.cjs
