import type { AttackCounts } from './messages.ts'

/** One virtual user of an attack. */
export interface Attacker {
  readonly counts: AttackCounts
  readonly connected: boolean
  /** Does what is due at `now`, in milliseconds; opens the connection again when it was closed, without back-off. */
  tick(now: number): void
  close(): void
}

export const noCounts = (): AttackCounts => ({
  ...{ offered: 0, written: 0, heldBack: 0, unconnected: 0, served: 0, refused: 0 },
})

/** Where an attacker connects to, and who hears why a connection ended. */
export interface AttackerOptions {
  host: string
  port: number
  localAddress: string
  closed(reason: string): void
}
