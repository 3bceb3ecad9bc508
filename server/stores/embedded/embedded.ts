import type { Store, StoreSettings } from '../../domain/ports.ts'
import { EmbeddedArchive } from './archive.ts'
import { openDisk } from './database.ts'
import { EndedMatches } from './ended-matches.ts'
import { Epochs, newEpoch } from './epochs.ts'
import { expire } from './expiry.ts'
import { Followers } from './followers.ts'
import { GroupCommit } from './group-commit.ts'
import { keys } from './keys.ts'
import { replay } from './replay.ts'
import { RoomChanges } from './room-changes.ts'
import { SharedMatches } from './shared-matches.ts'
import { SharedNodes } from './shared-nodes.ts'
import { SharedRoster } from './shared-roster.ts'
import { EmbeddedStore, type Shared } from './store.ts'
import { UnstoredNames } from './unstored-names.ts'

/** The state that the nodes of one process share, stored in one directory. */
export interface Embedded {
  /** Creates one node's store; call its `open` before using it. */
  store(settings: StoreSettings): Store
  /** Closes the stores that are still open, then the directory. */
  close(): Promise<void>
}

// Expired rows are never returned; deleting them only saves space, so once a minute is enough.
const TIDY_MS = 60_000

/**
 * Rejects with a StartupError that names the remedy if another process uses the directory. `warn` is called with a
 * sentence for each damaged log.
 */
export async function openEmbedded(directory: string, warn: (sentence: string) => void = () => {}): Promise<Embedded> {
  const disk = await openDisk(directory)
  const followers = new Followers()
  const changes = new RoomChanges()
  const groupCommit = new GroupCommit(disk, (snapshot) => {
    changes.restart()
    return replay(snapshot, followers)
  })
  const epoch = await groupCommit.run((tx) => {
    const known = tx.get(keys.epoch)
    const fresh = known ?? newEpoch()
    if (known === undefined) tx.put(keys.epoch, fresh)
    return fresh
  })
  const endedMatches = new EndedMatches(groupCommit)
  await endedMatches.init()
  const embeddedArchive = new EmbeddedArchive(groupCommit)
  await embeddedArchive.init()
  const sharedMatches = new SharedMatches()
  sharedMatches.onEnd = (room, people) => endedMatches.add(room, people)
  const epochs = new Epochs({ groupCommit, followers, changes, epoch }, warn)
  const shared = {
    groupCommit,
    followers,
    changes,
    roster: new SharedRoster(changes),
    nodes: new SharedNodes(),
    matches: sharedMatches,
    endedMatches,
    archive: embeddedArchive,
    epochs,
    unstoredNames: new UnstoredNames(),
  }
  const stores: EmbeddedStore[] = []
  const tidying = every(TIDY_MS, () => tidy(shared, stores))

  return {
    store(settings) {
      const store = new EmbeddedStore(shared, settings)
      stores.push(store)
      return store
    },
    async close() {
      await tidying.stop()
      for (const store of stores) await store.close()
      await groupCommit.close()
    },
  }
}

/** Errors are ignored: the next round retries, and a call that a client waits for reports the same error. */
async function tidy({ groupCommit, endedMatches, archive }: Shared, [store]: EmbeddedStore[]): Promise<void> {
  await expire(groupCommit, Date.now()).catch(() => undefined)
  await endedMatches.tidy()
  await archive.tidy(Date.now()).catch(() => undefined)
  await store?.log.trimAll().catch(() => undefined)
}

/** Runs the task repeatedly, never concurrently. `stop` waits for the run in progress. */
function every(pauseMs: number, task: () => Promise<void>): { stop(): Promise<void> } {
  let round = Promise.resolve()
  const timer = setInterval(() => {
    round = round.then(task)
  }, pauseMs).unref()
  return {
    stop() {
      clearInterval(timer)
      return round
    },
  }
}
