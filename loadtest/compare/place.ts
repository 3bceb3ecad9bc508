import type { RunningSystem } from '../systems/systems.ts'
import type { Figures } from './derived.ts'

export interface MeasureContext {
  system: RunningSystem
  /** Command prefix that starts a program behind the link; undefined if clients use this machine's network. */
  elsewhere?: readonly string[]
}

export interface Measured {
  complete: boolean
  why?: string
  figures: Figures
}
