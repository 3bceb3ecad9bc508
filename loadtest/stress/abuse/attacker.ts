import type { AttackCounts } from './messages.ts'

/** One virtual user of an attack. */
export interface Attacker {
  readonly counts: AttackCounts
  readonly connected: boolean
  /** Performs what is due at `now` (milliseconds); reconnects without back-off. */
  tick(now: number): void
  close(): void
}

export const noCounts = (): AttackCounts => ({
  ...{ offered: 0, written: 0, heldBack: 0, unconnected: 0, served: 0, refused: 0 },
})

/** Target of an attacker, and a callback for the reason of a closed connection. */
export interface AttackerOptions {
  host: string
  port: number
  localAddress: string
  closed(reason: string): void
}
