import type { SystemName } from '../systems/systems.ts'
import type { Flags } from './flags.ts'
import type { Setting } from './run.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

export interface Planned {
  workload: Workload
  setting: Setting
  contestant: SystemName
  repetition: number
}

const REPETITIONS = 3
/** Quick runs are shorter and not repeated. */
const QUICK = { repeat: 1, share: 0.4 }

type ScheduleOptions = Pick<Flags, 'only' | 'workloads' | 'nodes' | 'transports' | 'repeat' | 'quick'>

/**
 * The measurements in order. In each setting the systems take turns, and each repetition starts with another one, so
 * that disturbances of the machine affect all of them.
 */
export function schedule({ only, workloads, nodes, transports, repeat, quick }: ScheduleOptions): Planned[] {
  return WORKLOADS.filter(({ name }) => workloads.includes(name)).flatMap((full) => {
    const workload = quick ? { ...full, seconds: full.seconds * QUICK.share } : full
    const repetitions = repeat ?? (quick ? QUICK.repeat : (workload.repeat ?? REPETITIONS))
    const settings = workload.nodes
      .filter((count) => nodes.includes(count))
      .flatMap((count) => workload.transports.map((transport) => ({ nodes: count, transport })))
      .filter(({ transport }) => transports.includes(transport))
    return settings.flatMap(({ nodes, transport }) => {
      const setting = { workload: workload.name, nodes, transport }
      // Bare ws has no long-polling.
      const able = workload.systems.filter((name) => only.includes(name))
      const systems = able.filter((name) => name !== 'bare' || transport === 'websocket')
      return Array.from({ length: repetitions }, (_, r) =>
        systems.map((_, c) => {
          const contestant = systems[(c + r) % systems.length]!
          return { workload, setting, contestant, repetition: r + 1 }
        }),
      ).flat()
    })
  })
}
