import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PAGE_MAX_BYTES } from '../../protocol/limits.ts'
import { startCluster, stores, type TestCluster } from './cluster.ts'
import { TestClient } from './person.ts'

describe.each(stores)('a room full of texts of maximum size, on the %s store', (store) => {
  const room = 'heavy'
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, store })
    const author = await TestClient.connect(cluster.urls[0]!, 'Author')
    await author.emit('room:join', { room })
    // Each is six characters in JSON.
    for (let i = 0; i < 200; i++) await author.send(room, '\u0001'.repeat(4_000))
    author.close()
  })
  afterAll(() => cluster.close())

  test.each([['websocket'], ['polling']] as const)(
    'can be joined and read from its beginning, on %s',
    async (transport) => {
      for (const url of cluster.urls) {
        const testClient = await TestClient.connect(url, 'Reader', { transports: [transport] })
        const { entries, more } = await testClient.emit('room:join', { room })
        expect(Buffer.byteLength(JSON.stringify(entries))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
        expect({ newest: entries.at(-1)?.seq, more }).toEqual({ newest: 200, more: false })
        const seen = [...entries]
        while (seen[0]!.seq > 1) {
          const page = await testClient.emit('history:read', { room, before: seen[0]!.seq, limit: 200 })
          expect(page.entries.length).toBeGreaterThan(0)
          expect(Buffer.byteLength(JSON.stringify(page.entries))).toBeLessThanOrEqual(PAGE_MAX_BYTES)
          seen.unshift(...page.entries)
        }
        expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
        const again = await testClient.emit('room:join', { room, after: 0 })
        expect(again).toMatchObject({ more: true, truncated: false, entries: [{ seq: 1 }, ...again.entries.slice(1)] })
        expect(testClient.events('session')).toHaveLength(1)
        testClient.close()
      }
    },
  )
})
