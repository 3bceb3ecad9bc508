#!/usr/bin/env bash
# What happens: werift writes the length of a data channel's label and protocol in characters where the WebRTC data
# channel protocol (RFC 8832) counts bytes. A label in plain ASCII arrives as it is. "Zürich→" loses its last three
# bytes to the protocol's field, whose own end is cut off: the far side opens the channel under another name, and a
# broken one where the cut falls within a character.
#
# Why it surprises: labels are any string in the API, nothing fails, messages go through, and only code on the far side
# that chooses by the label ("which room is this channel for?") does not recognize it.
#
# Versions: werift 0.24.4.
#
# For users of Hubbub: use ASCII labels for data channels, such as a room's encodeURIComponent, and say the rest in the
# first message.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts werift@0.24.4
cat >main.cjs <<'JS'
const assert = require('node:assert/strict')
const dgram = require('node:dgram')
const fs = require('node:fs')
const { once } = require('node:events')
const { RTCPeerConnection } = require('werift')
const limit = setTimeout(() => { console.error('no result within 50 s'); process.exit(1) }, 50_000)

// werift asks a public STUN server if it is given none: this one is here, and never answers.
async function silentStun() {
  const socket = dgram.createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return `stun:127.0.0.1:${socket.address().port}`
}

// Only candidates of the loopback interface are passed on.
const loopback = ({ type, sdp }) => ({ type, sdp: sdp.split('\r\n').filter(line => !line.startsWith('a=candidate') || line.includes(' 127.0.0.1 ')).join('\r\n') })

async function openChannel(label, protocol, urls) {
  const options = { iceServers: [{ urls }], iceAdditionalHostAddresses: ['127.0.0.1'], iceInterfaceAddresses: { udp4: '127.0.0.1' }, iceUseIpv6: false }
  const [near, far] = [new RTCPeerConnection(options), new RTCPeerConnection(options)]
  const channel = near.createDataChannel(label, { protocol })
  const arrived = new Promise(resolve => far.onDataChannel.subscribe(resolve))
  await near.setLocalDescription(await near.createOffer())
  await far.setRemoteDescription(loopback(near.localDescription))
  await far.setLocalDescription(await far.createAnswer())
  await near.setRemoteDescription(loopback(far.localDescription))
  const remote = await arrived
  const result = { label: remote.label, protocol: remote.protocol }
  const text = new Promise(resolve => remote.onMessage.subscribe(resolve))
  channel.send('hello')
  result.message = String(await text)
  await Promise.all([near.close(), far.close()])
  return result
}

async function run() {
  const stun = await silentStun()
  const ascii = await openChannel('Zurich', 'chat', stun)
  const accented = await openChannel('Zürich→', 'chat', stun)
  console.log('werift', JSON.parse(fs.readFileSync('node_modules/werift/package.json')).version)
  console.log('sent label "Zurich",  protocol "chat":', ascii)
  console.log('sent label "Zürich→", protocol "chat":', accented)
  assert.deepEqual(ascii, { label: 'Zurich', protocol: 'chat', message: 'hello' })
  assert.equal(accented.message, 'hello')
  assert.notEqual(accented.label, 'Zürich→')
  const bytes = Buffer.from('Zürich→chat')
  assert.equal(accented.label, bytes.subarray(0, 7).toString())
  assert.equal(accented.protocol, bytes.subarray(7, 11).toString())
  clearTimeout(limit)
  process.exit(0)
}
run()
JS
node main.cjs
