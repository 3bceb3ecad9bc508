// A process that appends as fast as it is answered, and prints each answer. For crash.test.ts, which kills it; plain
// JavaScript over the compiled store, since Node 20 runs nothing else.
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
