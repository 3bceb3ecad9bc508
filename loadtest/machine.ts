import { cpus, totalmem } from 'node:os'

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
