import { setTimeout as delay } from 'node:timers/promises'
import { TimeoutError } from '../pool/bench-pool.ts'
import { search } from './max-throughput.ts'
import type { Elsewhere, Run } from './run.ts'
import { Stage, type StageOptions } from './stage.ts'

type Result = Pick<Run, 'complete' | 'why' | 'steady' | 'most' | 'memory' | 'elsewhere'>

/** One run, from starting the system under test to stopping it. */
export async function measure(options: StageOptions, step: (what: string) => void): Promise<Result> {
  try {
    const { kind } = options.workload
    if (kind === 'memory') return await memory(options, step)
    const stage = await Stage.open(options)
    try {
      step('warming up')
      await stage.warm()
      step('measuring')
      if (kind === 'most') return { complete: true, most: await search(stage, options.workload, step) }
      return kind === 'elsewhere' ? await elsewhere(stage, options) : await steady(stage, options)
    } finally {
      await stage.close()
    }
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    return { complete: false, why: error.message }
  }
}

async function steady(stage: Stage, { workload, profile }: StageOptions): Promise<Result> {
  if (profile) await stage.system.measure(0)
  const { complete, why, ...figures } = await stage.talk(workload.perSecond, workload.perSecond * workload.seconds)
  if (profile) await stage.system.measure(0)
  return { complete, why, steady: figures }
}

async function elsewhere(stage: Stage, { workload, setting }: StageOptions): Promise<Result> {
  const last = setting.nodes - 1
  const before = await stage.system.measure(last)
  const { complete, why, ...figures } = await stage.talk(workload.perSecond, workload.perSecond * workload.seconds)
  const after = await stage.system.measure(last)
  const [idle = 0, ...busy] = figures.cpu.nodes.toReversed()
  const result: Elsewhere = {
    heardPerMessage: (after.busMessages - before.busMessages) / figures.messages,
    cpuShare: idle / (busy.reduce((sum, used) => sum + used, 0) / busy.length),
  }
  return { complete, why, steady: figures, elsewhere: result }
}

/** Memory growth per connection after all clients have connected. */
async function memory(options: StageOptions, step: (what: string) => void): Promise<Result> {
  const stage = await Stage.prepare(options)
  try {
    const before = await stage.system.measure(0)
    await stage.pool.connect()
    step('settling')
    await delay(options.workload.seconds * 1_000)
    const after = await stage.system.measure(0)
    const { live, refused, lost, why } = stage.pool.sum
    return {
      complete: refused === 0 && lost === 0,
      why,
      memory: { rssBytes: (after.rss - before.rss) / live, heapBytes: (after.heapUsed - before.heapUsed) / live },
    }
  } finally {
    await stage.close()
  }
}
