import { cpus, release, totalmem } from 'node:os'

/** Where something was measured, as files of results tell it. */
export interface Machine {
  processor: string
  cores: number
  memoryGb: number
  /** The version of Node. */
  node: string
  system: string
}

export function thisMachine(): Machine {
  const [first, ...others] = cpus()
  return {
    processor: first?.model ?? 'unknown',
    cores: 1 + others.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: process.platform,
  }
}

/** The same in a line, for what is measured by several programs. */
export function machineInWords(): string {
  const { cores, memoryGb } = thisMachine()
  const system = `Linux ${release().split('.').slice(0, 2).join('.')}`
  return `${cores} cores, ${memoryGb} GiB, ${system}, Node ${process.versions.node}`
}
