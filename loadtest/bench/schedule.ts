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
/** Of everything in a quick run: shorter, and nothing is repeated. */
const QUICK = { repeat: 1, share: 0.4 }

type Asked = Pick<Flags, 'only' | 'workloads' | 'nodes' | 'transports' | 'repeat' | 'quick'>

/**
 * What is measured, in order. In each setting the contestants take turns, and each repetition begins with another one, so
 * that whatever the machine does besides meets all of them.
 */
export function schedule({ only, workloads, nodes, transports, repeat, quick }: Asked): Planned[] {
  return WORKLOADS.filter(({ name }) => workloads.includes(name)).flatMap((full) => {
    const workload = quick ? { ...full, seconds: full.seconds * QUICK.share } : full
    const repetitions = repeat ?? (quick ? QUICK.repeat : (workload.repeat ?? REPETITIONS))
    const settings = workload.nodes
      .filter((count) => nodes.includes(count))
      .flatMap((count) => workload.transports.map((transport) => ({ nodes: count, transport })))
      .filter(({ transport }) => transports.includes(transport))
    return settings.flatMap(({ nodes, transport }) => {
      const setting = { workload: workload.name, nodes, transport }
      // Bare ws knows no polling.
      const able = workload.contestants.filter((name) => only.includes(name))
      const contestants = able.filter((name) => name !== 'bare' || transport === 'websocket')
      return Array.from({ length: repetitions }, (_, r) =>
        contestants.map((_, c) => {
          const contestant = contestants[(c + r) % contestants.length]!
          return { workload, setting, contestant, repetition: r + 1 }
        }),
      ).flat()
    })
  })
}
