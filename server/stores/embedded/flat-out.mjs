// A process that appends as fast as appends are acknowledged, and prints each acknowledgment. The crash test kills it.
// Plain JavaScript over the compiled store, since Node 20 cannot run TypeScript.
import { writeSync } from 'node:fs'
import { openEmbedded } from '../../../dist/server/stores/embedded/embedded.js'

const [, , directory, settings] = process.argv
const embedded = await openEmbedded(directory)
const store = embedded.store(JSON.parse(settings))
await store.open()

const by = { id: 'ada', name: 'Ada' }
const appendOn = async (lane) => {
  for (let i = 0; ; i++) {
    const text = `${lane}-${i} ${'x'.repeat(i % 300)}`
    const { entry } = await store.log.append('lobby', { kind: 'message', by, text, clientId: `c${lane}-${i}` })
    writeSync(1, `${JSON.stringify(entry)}\n`)
  }
}
for (let lane = 0; lane < 50; lane++) appendOn(lane)
