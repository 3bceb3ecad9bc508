import type { Store, StoreSettings } from '../../domain/ports.ts'
import { RedisArchive } from './archive.ts'
import { Connection } from './connection.ts'
import { FULL } from './failure.ts'
import { keysUnder } from './keys.ts'
import { Lease } from './lease.ts'
import { startSweeping } from './lease-sweeper.ts'
import { RedisLog } from './log.ts'
import { RedisMatches } from './matches.ts'
import { RedisNodes } from './nodes.ts'
import { RedisPeople } from './people.ts'
import { RoomIndex } from './room-index.ts'
import { RedisRoomDirectory } from './rooms.ts'
import { RedisRoster } from './roster.ts'
import { RedisSecrets } from './secrets.ts'
import { Subscriptions } from './subscriptions.ts'

/**
 * The cluster's store, on Redis 7.0 or later. Every key starts with `prefix`, so that several clusters can share one
 * Redis.
 */
export function openRedis(url: string, settings: StoreSettings & { prefix: string }): Store {
  const keys = keysUnder(settings.prefix)
  const db = new Connection(url)
  // A separate connection, so that lease renewals and reads do not queue behind appends in Redis.
  const appends = new Connection(url)
  const lease = new Lease(db, keys, settings.node)
  const ticks = keys.tick(lease.id)
  const subscriptions = new Subscriptions(url, ticks)
  const index = new RoomIndex(db, keys)
  const roster = new RedisRoster(db, subscriptions, keys, index, lease)
  const matches = new RedisMatches(db, subscriptions, keys, lease)
  startSweeping(lease, { db, keys, sweepers: [roster, matches] })
  lease.onLost = (lost) => roster.onLeaseLost(lost)
  lease.onBeat = () => {
    for (const connection of [db, appends]) {
      connection.failure = undefined
      void connection.checkMemory()
    }
    matches.tidy()
    void subscriptions.tick(() => db.call((redis) => redis.spublish(ticks, '')))
  }
  lease.onUnresponsive = () => {
    db.replace()
    appends.replace()
    subscriptions.replace()
  }
  const ailing = () => {
    const away = lease.lateReason ?? (db.ready && appends.ready ? undefined : 'The connection to the store is down.')
    const failure = db.failure ?? appends.failure
    if (away) return failure ? `${away} ${failure.message}` : away
    return subscriptions.complete ? undefined : 'The subscriptions in the store are not restored yet.'
  }
  return {
    log: new RedisLog({ db, appends, clock: lease, subscriptions, keys, index, settings, prefix: settings.prefix }),
    roster,
    matches,
    rooms: new RedisRoomDirectory(db, keys, index.changes, settings),
    users: new RedisPeople(db, keys, settings),
    nodes: new RedisNodes(db, keys, lease),
    secrets: new RedisSecrets(db, keys),
    archive: new RedisArchive(db, keys, () => lease.now()),
    open: async (claim) => {
      await lease.start(claim)
      await appends.firstReady()
      await subscriptions.open()
    },
    unavailableReason: ailing,
    failure: () => {
      const message = ailing()
      if (message !== undefined) return db.failure ?? appends.failure ?? { cause: 'away', message }
      return db.full || appends.full ? FULL : undefined
    },
    now: () => lease.now(),
    close: async () => {
      index.changes.close()
      await Promise.all([db.settled(), appends.settled()])
      await lease.close()
      subscriptions.close()
      appends.close()
      db.close()
    },
  }
}
