#!/usr/bin/env bash
# What happens: the Java client of Socket.IO sends a byte[] as binary when it is an argument, or stands in a JSONObject or
# JSONArray. In a Map or a List it is sent as an array of numbers, each byte as up to four characters. The Map itself is
# accepted and arrives as an object in both cases.
#
# Why it surprises: Maps and Lists are accepted wherever JSON types are, and the same code with a JSONObject works. On the
# server the field is an Array in place of a Buffer; what writes it to a file or measures it takes either without an error.
#
# Versions: io.socket:socket.io-client 2.1.2, socket.io 4.8.4.
#
# For users of Hubbub: nothing to do, its payloads hold no binary. Elsewhere put bytes into an argument of their own.
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
cat >Send.java <<'JAVA'
import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.json.JSONArray;
import org.json.JSONObject;

public class Send {
    public static void main(String[] args) throws Exception {
        IO.Options options = new IO.Options();
        options.transports = new String[] {"websocket"};
        Socket socket = IO.socket(args[0], options);
        CountDownLatch sent = new CountDownLatch(1);
        byte[] bytes = {1, 2, 3};
        socket.emit("upload", "argument", bytes);
        socket.emit("upload", "JSONObject", new JSONObject().put("file", bytes));
        socket.emit("upload", "JSONArray", new JSONArray().put(bytes));
        socket.emit("upload", "Map", Map.of("file", bytes));
        socket.emit("upload", "List", List.of(bytes));
        socket.emit("done", (Ack) ignored -> sent.countDown());
        socket.connect();
        System.exit(sent.await(40, TimeUnit.SECONDS) ? 0 : 1);
    }
}
JAVA
javac -cp 'lib/*' Send.java
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
  const received = {}
  new Server(server).on('connection', socket => {
    socket.on('upload', (container, value) => { received[container] = value })
    socket.on('done', reply => reply())
  })
  await promisify(execFile)('java', ['-cp', 'lib/*:.', 'Send', `http://127.0.0.1:${server.address().port}`], { timeout: 60_000 })
  console.log(fs.readdirSync('lib').filter(name => /client|json/.test(name)).join(' '))
  console.log(received)
  const bytes = Buffer.from([1, 2, 3])
  assert.deepEqual(received.argument, bytes)
  assert.deepEqual(received.JSONObject, { file: bytes })
  assert.deepEqual(received.JSONArray, [bytes])
  assert.deepEqual(received.Map, { file: [1, 2, 3] })
  assert.deepEqual(received.List, [[1, 2, 3]])
  process.exit(0)
}
run()
JS
node main.cjs
