import type { Store, StoreSettings } from '../../domain/ports.ts'
import { RedisArchive } from './archive.ts'
import { Channels } from './channels.ts'
import { Connection } from './connection.ts'
import { FULL } from './failure.ts'
import { keysUnder } from './keys.ts'
import { Lease } from './lease.ts'
import { RedisLog } from './log.ts'
import { RedisMatches } from './matches.ts'
import { RedisNodes } from './nodes.ts'
import { RedisPeople } from './people.ts'
import { RoomIndex } from './room-index.ts'
import { RedisRoomBook } from './rooms.ts'
import { RedisRoster } from './roster.ts'
import { RedisSecrets } from './secrets.ts'
import { sweep } from './sweeping.ts'

/** The cluster's store, on Redis 7.0 or later. `prefix` begins every key: several clusters may share one Redis. */
export function openRedis(url: string, settings: StoreSettings & { prefix: string }): Store {
  const keys = keysUnder(settings.prefix)
  const db = new Connection(url)
  const lease = new Lease(db, keys, settings.node)
  const ticks = keys.tick(lease.id)
  const channels = new Channels(url, ticks)
  const index = new RoomIndex(db, keys)
  const roster = new RedisRoster(db, channels, keys, index, lease)
  const matches = new RedisMatches(db, channels, keys, lease)
  sweep(lease, { db, keys, sweepers: [roster, matches] })
  lease.onLost = (lost) => roster.leaseLost(lost)
  lease.onBeat = () => {
    db.failure = undefined
    void db.checkRoom()
    matches.tidy()
    void channels.tick(() => db.call((redis) => redis.spublish(ticks, '')))
  }
  lease.onSilence = () => {
    db.replace()
    channels.replace()
  }
  const ailing = () => {
    const away = lease.late ?? (db.ready ? undefined : 'The connection to the store is down.')
    if (away) return db.failure ? `${away} ${db.failure.message}` : away
    return channels.whole ? undefined : 'The subscriptions in the store are not back yet.'
  }
  return {
    log: new RedisLog(db, channels, keys, index, settings),
    roster,
    matches,
    rooms: new RedisRoomBook(db, keys, index.changes, settings),
    people: new RedisPeople(db, keys, settings),
    nodes: new RedisNodes(db, keys, lease),
    secrets: new RedisSecrets(db, keys),
    archive: new RedisArchive(db, keys, () => lease.now()),
    open: async () => {
      await lease.start()
      await channels.open()
    },
    ailing,
    failure: () => {
      const message = ailing()
      if (message !== undefined) return db.failure ?? { cause: 'away', message }
      return db.full ? FULL : undefined
    },
    now: () => lease.now(),
    close: async () => {
      index.changes.close()
      await db.answered()
      await lease.close()
      channels.close()
      db.close()
    },
  }
}
