import type { RunningSystem } from '../systems/systems.ts'
import type { Figures } from './derived.ts'

export interface Place {
  site: RunningSystem
  /** What starts a program behind the link; undefined: the clients are on this machine's own network. */
  elsewhere?: readonly string[]
}

export interface Measured {
  complete: boolean
  why?: string
  figures: Figures
}
