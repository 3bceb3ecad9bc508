import { randomBytes } from 'node:crypto'
import type { Store } from '../../domain/ports.ts'
import { OwnRedis } from '../../test/own-redis.ts'
import { suiteSettings } from '../conformance/cluster.ts'
import { conformance } from '../conformance.ts'
import { openRedis } from './store.ts'

conformance('redis', async () => {
  const own = process.env.REDIS_URL ? undefined : await OwnRedis.start()
  const url = process.env.REDIS_URL ?? own!.url
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const stores = new Set<Store>()
  return {
    async node(name, settings) {
      const store = openRedis(url, { ...suiteSettings(name, settings), prefix })
      stores.add(store)
      await store.open()
      return store
    },
    async close() {
      await Promise.all([...stores].map((store) => store.close()))
      await own?.stop()
    },
  }
})
