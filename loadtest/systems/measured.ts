import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Preloaded into every contestant alike (node --import), so that what cannot be seen from outside is measured the same
 * way in all of them. On SIGUSR2 it collects all garbage and says what is left, on one line of its output. With
 * MEASURED_PROFILE, a folder, the processor is profiled between the first such signal and the next.
 */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let heard = 0
if (process.env.MEASURED_BUS) {
  // What every subscriber hears passes through here, whatever is then made of it.
  const { Redis } = createRequire(import.meta.url)('ioredis') as { Redis: { prototype: Emitter } }
  const { emit } = Redis.prototype
  Redis.prototype.emit = function (name, ...args) {
    if (/^[ps]?messageBuffer$/.test(name)) heard++
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
  process.stdout.write(`${JSON.stringify({ measured: { rss, heapUsed, heard } })}\n`)
})
