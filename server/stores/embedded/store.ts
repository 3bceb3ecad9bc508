import { BEAT_MS } from '../../../protocol/limits.ts'
import type { Claim } from '../../domain/claim.ts'
import type { Store, StoreSettings } from '../../domain/ports.ts'
import type { StoreFailure } from '../../domain/store-failure.ts'
import type { EmbeddedArchive } from './archive.ts'
import type { EndedMatches } from './ended-matches.ts'
import type { Epochs } from './epochs.ts'
import type { Followers } from './followers.ts'
import type { GroupCommit } from './group-commit.ts'
import { Lease } from './lease.ts'
import { EmbeddedLog } from './log.ts'
import { EmbeddedMatches } from './matches.ts'
import { EmbeddedNodes } from './nodes.ts'
import { EmbeddedPeople } from './people.ts'
import type { RoomChanges } from './room-changes.ts'
import { EmbeddedRooms } from './rooms.ts'
import { EmbeddedRoster } from './roster.ts'
import { EmbeddedSecrets } from './secrets.ts'
import type { SharedMatches } from './shared-matches.ts'
import type { SharedNodes } from './shared-nodes.ts'
import type { SharedRoster } from './shared-roster.ts'
import type { UnstoredNames } from './unstored-names.ts'

/** State that the nodes of a process share. */
export interface Shared {
  groupCommit: GroupCommit
  followers: Followers
  roster: SharedRoster
  changes: RoomChanges
  nodes: SharedNodes
  matches: SharedMatches
  endedMatches: EndedMatches
  archive: EmbeddedArchive
  epochs: Epochs
  unstoredNames: UnstoredNames
}

/** One node's store. */
export class EmbeddedStore implements Store {
  readonly log: EmbeddedLog
  readonly roster: EmbeddedRoster
  readonly rooms: EmbeddedRooms
  readonly matches: EmbeddedMatches
  readonly users: EmbeddedPeople
  readonly nodes: EmbeddedNodes
  readonly secrets: EmbeddedSecrets
  readonly archive: EmbeddedArchive
  readonly #lease = new Lease()
  #beat: NodeJS.Timeout | undefined

  constructor(
    private readonly shared: Shared,
    settings: StoreSettings,
  ) {
    this.log = new EmbeddedLog(shared, settings)
    this.roster = new EmbeddedRoster(shared.roster, this.#lease)
    this.rooms = new EmbeddedRooms(shared, settings)
    this.matches = new EmbeddedMatches(shared.matches, this.#lease)
    this.users = new EmbeddedPeople(shared, settings)
    this.nodes = new EmbeddedNodes(shared.nodes, this.#lease)
    this.secrets = new EmbeddedSecrets(shared.groupCommit)
    this.archive = shared.archive
  }

  /** All nodes are in one process, so they share one configuration, and no other process can open the directory. */
  async open(claim?: Claim): Promise<void> {
    await this.secrets.all()
    await claim?.agree()
    this.#lease.acquire()
    this.#beat = setInterval(() => {
      this.shared.nodes.renew(this.#lease)
      this.users.storePending().catch(() => {})
    }, BEAT_MS).unref()
  }

  unavailableReason(): string | undefined {
    return this.shared.groupCommit.ailing() ?? (this.#lease.held ? undefined : 'This node has closed its store.')
  }

  failure(): StoreFailure | undefined {
    const message = this.unavailableReason()
    return this.shared.groupCommit.failure() ?? (message === undefined ? undefined : { cause: 'away', message })
  }

  now(): number {
    return Date.now()
  }

  async close(): Promise<void> {
    if (!this.#lease.held) return
    await this.shared.groupCommit.settled()
    clearInterval(this.#beat)
    this.log.stopFollowing()
    this.matches.close()
    this.#lease.release()
    this.shared.roster.removeLease(this.#lease)
    this.shared.nodes.removeLease(this.#lease)
  }
}
