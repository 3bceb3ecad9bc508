import { DEPARTURE_GRACE_MS } from '../../../protocol/limits.ts'
import type { User } from '../../../protocol/people.ts'
import type { Matches } from '../../domain/ports.ts'
import type { Lease } from './lease.ts'
import type { SharedMatches } from './shared-matches.ts'

export class EmbeddedMatches implements Matches {
  constructor(
    private readonly sharedMatches: SharedMatches,
    private readonly lease: Lease,
  ) {}

  async find(user: User) {
    this.lease.requireHeld()
    return this.sharedMatches.find(this.lease, user)
  }

  async join(user: User, room: string) {
    this.lease.requireHeld()
    return this.sharedMatches.enter(this.lease, user, room)
  }

  async release(user: string, { waitingOnly } = { waitingOnly: false }) {
    this.lease.requireHeld()
    return this.sharedMatches.release(this.lease, user, waitingOnly)
  }

  async end(user: string) {
    this.lease.requireHeld()
    this.sharedMatches.part(this.lease, user)
  }

  watch(changed: (user?: string) => void): void {
    this.sharedMatches.watch(this.lease, changed)
  }

  /** The lease ends after a grace period in which users can move to another node without losing their place. */
  close(): void {
    setTimeout(() => this.sharedMatches.removeLease(this.lease), DEPARTURE_GRACE_MS).unref()
  }
}
