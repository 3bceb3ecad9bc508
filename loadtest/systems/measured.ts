import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Preloaded into every system under test (node --import), so that internal figures are measured identically. On SIGUSR2
 * it collects all garbage and prints its memory use as one line of JSON. With MEASURED_PROFILE (a folder), it records a
 * CPU profile between the first SIGUSR2 and the next.
 */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let busMessages = 0
if (process.env.MEASURED_BUS) {
  // Every message that ioredis receives passes through here.
  const { Redis } = createRequire(import.meta.url)('ioredis') as { Redis: { prototype: Emitter } }
  const { emit } = Redis.prototype
  Redis.prototype.emit = function (name, ...args) {
    if (/^[ps]?messageBuffer$/.test(name)) busMessages++
    return emit.call(this, name, ...args)
  }
}
interface Emitter {
  emit(this: Emitter, name: string, ...args: unknown[]): boolean
}

const session = new Session()
let profiling = false

async function profile(folder: string): Promise<void> {
  if (!profiling) {
    profiling = true
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 500 })
    await session.post('Profiler.start')
    return
  }
  profiling = false
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  writeFileSync(`${folder}/${process.env.CONTESTANT ?? 'node'}-${process.pid}.cpuprofile`, JSON.stringify(profile))
}

process.on('SIGUSR2', async () => {
  const { MEASURED_PROFILE } = process.env
  if (MEASURED_PROFILE) await profile(MEASURED_PROFILE)
  else collect()
  const { rss, heapUsed } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ measured: { rss, heapUsed, busMessages } })}\n`)
})
