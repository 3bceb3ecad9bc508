// The node that everybody runs, started by a test over an IPC channel on which it says what is left of its memory after
// a full collection. Needs --expose-gc; plain JavaScript over the compiled server, since Node 20 runs nothing else.
import '../../dist/server/main.js'

process.on('message', () => {
  globalThis.gc()
  const tcp = process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length
  process.send({ heapBytes: process.memoryUsage().heapUsed, tcp })
})
// Whoever started it is gone, perhaps without a word.
process.on('disconnect', () => process.exit(1))
