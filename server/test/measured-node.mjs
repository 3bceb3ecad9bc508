// The production server, started by a test with an IPC channel. On each message it runs a full garbage collection and
// replies with its heap size. Requires --expose-gc. Plain JavaScript, since Node 20 cannot run TypeScript.
import '../../dist/server/main.js'

process.on('message', () => {
  globalThis.gc()
  const tcp = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length
  process.send({ heapBytes: process.memoryUsage().heapUsed, tcp })
})
// The test process has ended.
process.on('disconnect', () => process.exit(1))
