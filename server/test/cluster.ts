import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { App } from '../app.ts'
import { loadConfig } from '../config.ts'
import { UNLIMITED } from '../local/unlimited.ts'
import { Metrics } from '../metrics.ts'
import { type NodeStorage, openStorage } from '../storage.ts'
import { OwnRedis } from './own-redis.ts'
import { TestClient } from './person.ts'

export const stores = ['embedded', 'redis'] as const
export type StoreName = (typeof stores)[number]

export interface TestCluster {
  /** The URL of each node, n1 first, without a load balancer. */
  urls: string[]
  nodes: App[]
  /** The storage of each node; tests delay or count its calls. */
  backings: NodeStorage[]
  metrics: Metrics
  /** Only with the redis store. */
  redis?: OwnRedis
  close(): Promise<void>
}

/** Limits that tests with hundreds of clients do not reach; tests of the limits use the defaults. */
const RELAXED_LIMITS = {
  ...UNLIMITED,
  GUESTS_PER_SECOND: '100000',
  APPENDS_PER_SECOND: '100000',
  APPENDS_BURST: '100000',
  COMMANDS_PER_SECOND: '100000',
  COMMANDS_BURST: '100000',
  ROOMS_PER_CONNECTION: '100000',
  LOG_LEVEL: 'error',
  DRAIN_MS: '200',
}

/** Starts several nodes in this process, each on its own port. */
export async function startCluster(options: {
  nodes: number
  store?: StoreName
  env?: Record<string, string>
}): Promise<TestCluster> {
  const { nodes: count, store = 'redis', env = {} } = options
  const redis = store === 'redis' ? await OwnRedis.start() : undefined
  const dataDir = await mkdtemp(join(tmpdir(), 'hubbub-'))
  const metrics = new Metrics()
  const configs = Array.from({ length: count }, (_, i) =>
    loadConfig({
      ...RELAXED_LIMITS,
      HOST: '127.0.0.1',
      NODE_NAME: `n${i + 1}`,
      DATA_DIR: dataDir,
      LOGS_DIR: join(dataDir, 'logs'),
      REDIS_URL: redis?.url,
      ...env,
    }),
  )
  const log = pino({ level: configs[0]!.logLevel })
  const shared = await openStorage(configs[0]!)
  const each = configs.map((config) => shared.forNode(config, metrics.forNode(config.node)))
  const nodes = configs.map((config, i) => new App({ config, storage: each[i]!, metrics, log }))
  // Port 0: the system assigns each node a free port.
  const ports = await Promise.all(nodes.map((node) => node.listen(0)))
  await Promise.all(nodes.map((node) => node.open()))
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    nodes,
    backings: each,
    metrics,
    redis,
    async close() {
      TestClient.disconnectAll()
      await Promise.all(nodes.map((node) => node.close()))
      await shared.close()
      await redis?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
