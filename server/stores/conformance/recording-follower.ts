import type { Entry } from '../../../protocol/entry.ts'
import type { Follower, Store, Subscription } from '../../domain/ports.ts'
import { Signal } from './cluster.ts'

/** A follower that records the entries it receives. */
export class RecordingFollower implements Follower {
  readonly received: Entry[] = []
  readonly renewals: { epoch: string; head: number }[] = []
  readonly #signal = new Signal()
  #following: Subscription | undefined

  static async at(store: Store, room: string): Promise<RecordingFollower> {
    const follower = new RecordingFollower()
    follower.#following = await store.log.follow(room, follower)
    return follower
  }

  entries(entries: Entry[]): void {
    this.received.push(...entries)
    this.#signal.emit()
  }

  reset(log: { epoch: string; head: number }): void {
    this.renewals.push(log)
  }

  get following(): Subscription {
    return this.#following!
  }

  get seqs(): number[] {
    return this.received.map((entry) => entry.seq)
  }

  /** Resolves when an entry with this seq or a later one was received. */
  async waitFor(seq: number): Promise<void> {
    while ((this.received.at(-1)?.seq ?? 0) < seq) await this.#signal.next(`entry ${seq}; heard ${this.seqs}`)
  }

  stop(): void {
    this.following.stop()
  }
}

/** The integers from `from` to `to`, both included. */
export const span = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
