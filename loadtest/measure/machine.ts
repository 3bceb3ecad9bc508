import { cpus, release, totalmem } from 'node:os'

/** The machine of a measurement, as stored in result files. */
export interface Machine {
  processor: string
  cores: number
  memoryGb: number
  /** Node version. */
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

/** The machine in one line, for results of several programs. */
export function machineInWords(): string {
  const { cores, memoryGb } = thisMachine()
  const system = `Linux ${release().split('.').slice(0, 2).join('.')}`
  return `${cores} cores, ${memoryGb} GiB, ${system}, Node ${process.versions.node}`
}
