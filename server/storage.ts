import type { Config } from './config.ts'
import type { Store, StoreSettings } from './domain/ports.ts'
import type { Adapter } from './gateway/gateway.ts'
import { isUserChannel } from './gateway/socket-rooms.ts'
import type { NodeMetrics } from './metrics.ts'
import { embeddedAdapter } from './stores/embedded/adapter.ts'
import { openEmbedded } from './stores/embedded/embedded.ts'
import { redisAdapter } from './stores/redis/adapter.ts'
import { openRedis } from './stores/redis/store.ts'

/** The store of a node, and the Socket.IO adapter that connects it to the other nodes. */
export interface NodeStorage {
  store: Store
  adapter: Adapter
  close(): Promise<void>
}

/** The storage of all nodes of one process: separate connections to Redis, or one shared embedded store. */
export interface StorageProvider {
  forNode(config: Config, metrics: NodeMetrics): NodeStorage
  close(): Promise<void>
}

/** Redis if REDIS_URL is set, otherwise the embedded store in DATA_DIR. */
export async function openStorage(
  { redisUrl, dataDir }: Config,
  warn?: (sentence: string) => void,
): Promise<StorageProvider> {
  return redisUrl === undefined ? openEmbeddedStorage(dataDir, warn) : redisStorage(redisUrl)
}

function redisStorage(url: string): StorageProvider {
  return {
    forNode(config, metrics) {
      const prefix = config.redisPrefix
      const store = openRedis(url, { ...settingsOf(config), prefix })
      const bus = redisAdapter(url, { prefix, store, isShared: isUserChannel, onWasted: metrics.wasted })
      return {
        store,
        adapter: bus.adapter,
        async close() {
          await bus.close()
          await store.close()
        },
      }
    },
    async close() {},
  }
}

export async function openEmbeddedStorage(
  directory: string,
  warn?: (sentence: string) => void,
): Promise<StorageProvider> {
  const shared = await openEmbedded(directory, warn)
  const adapter = embeddedAdapter()
  return {
    forNode(config) {
      const store = shared.store(settingsOf(config))
      return { store, adapter, close: () => store.close() }
    },
    close: () => shared.close(),
  }
}

const settingsOf = ({ node, logMaxEntries, logMaxBytes, logMaxAgeMs, dedupeMs, tokenMs }: Config): StoreSettings => ({
  node,
  logMaxEntries,
  logMaxBytes,
  logMaxAgeMs,
  dedupeMs,
  rememberMs: tokenMs,
})
