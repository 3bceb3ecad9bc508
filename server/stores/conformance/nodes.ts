import { expect, test } from '@jest/globals'
import type { NodeStats } from '../../../protocol/stats.ts'
import type { Store } from '../../domain/ports.ts'
import { UserConnections } from '../../domain/user-connections.ts'
import { type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'

const stats = (node: string, connections: number): NodeStats => ({
  node,
  connections,
  websocket: connections,
  polling: 0,
  rooms: 1,
  accepted: 2,
  delivered: 3,
  acceptedPerSecond: 0.5,
  loopDelayMs: 1.25,
  rssBytes: 2 ** 33,
  uptimeMs: 1_000,
})

export function nodes(three: Three): void {
  const row = async (asked: Store, node: string) => (await asked.nodes.list()).find((other) => other.node === node)

  test('every node lists the current stats of all nodes, by name', async () => {
    const stem = uniqueName('n')
    const names = ['b', 'a', 'c'].map((letter) => stem + letter)
    let connections = 1
    for (const node of names) {
      const store = await three.another({ node })
      store.nodes.report(() => stats(node, connections))
    }
    for (const node of names) await until(async () => (await row(three.a, node)) !== undefined)
    const listed = (await three.b.nodes.list()).filter(({ node }) => node.startsWith(stem))
    expect(listed).toEqual([...names].sort().map((node) => stats(node, 1)))
    connections = 7
    for (const node of names) await until(async () => (await row(three.a, node))?.connections === 7)
  })

  test('a closed node is no longer listed', async () => {
    const node = uniqueName('n')
    const leaving = await three.another({ node })
    leaving.nodes.report(() => stats(node, 1))
    await until(async () => (await row(three.a, node)) !== undefined)
    await leaving.close()
    await until(async () => (await row(three.a, node)) === undefined)
  })

  test('limits the connections of a user on all nodes together, also for concurrent attempts', async () => {
    const [user, other] = [uniqueName('u'), uniqueName('u')]
    const each = three.all.map(({ nodes }) => new UserConnections(nodes, 4))
    const answers = await Promise.all(span(1, 30).map((i) => each[i % 3]!.open(user)))
    expect(answers.filter((admitted) => admitted)).toHaveLength(4)
    expect(await each[1]!.open(user)).toBe(false)
    expect(await each[1]!.open(other)).toBe(true)
    for (const connections of each) connections.stop()
  })

  test('a closed connection frees one slot, and connections of a closed node no longer count', async () => {
    const user = uniqueName('u')
    const leaving = await three.another()
    const [a, b, c] = [three.a, three.b, leaving].map(({ nodes }) => new UserConnections(nodes, 2)) as [
      UserConnections,
      UserConnections,
      UserConnections,
    ]
    expect(await a.open(user)).toBe(true)
    expect(await b.open(user)).toBe(true)
    expect(await c.open(user)).toBe(false)
    a.close(user)
    await until(() => c.open(user))
    expect(await a.open(user)).toBe(false)
    await leaving.close()
    await until(() => a.open(user))
    expect(await b.open(user)).toBe(false)
    for (const connections of [a, b, c]) connections.stop()
  })

  test('a count replaces the previous one: repeating it has no effect, and zero clears it', async () => {
    const user = uniqueName('u')
    const count = (store: Store, open: number, arriving: number) =>
      store.nodes.countConnections(user, { open, arriving, most: 5 })
    expect(await count(three.a, 0, 2)).toBe(2)
    for (const _ of span(1, 3)) expect(await count(three.a, 2, 0)).toBe(0)
    expect(await count(three.b, 0, 9)).toBe(3)
    // Open connections are counted even beyond the limit.
    expect(await count(three.a, 4, 1)).toBe(0)
    expect(await count(three.b, 0, 0)).toBe(0)
    expect(await count(three.c, 0, 9)).toBe(1)
  })

  test('a bucket shared by all nodes allows the burst, then returns the wait', async () => {
    const [key, other] = [uniqueName('k'), uniqueName('k')]
    const rate = { perSecond: 0.01, burst: 7 }
    const take = (nth: number, of: string) => three.all[nth % 3]!.nodes.takeToken(of, rate)
    const waits = await Promise.all(span(1, 30).map((nth) => take(nth, key)))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(7)
    for (const wait of waits.filter((wait) => wait > 0)) {
      expect(wait).toBeGreaterThan(90_000)
      expect(wait).toBeLessThanOrEqual(100_000)
      expect(Number.isInteger(wait)).toBe(true)
    }
    expect(await Promise.all(span(1, 7).map((nth) => take(nth, other)))).toEqual(span(1, 7).map(() => 0))
  })

  test('a bucket allows its whole burst for any rate', async () => {
    for (const perSecond of [3, 6, 7, 0.7]) {
      const key = uniqueName('k')
      for (const _ of span(1, 6))
        expect(await three.a.nodes.takeToken(key, { perSecond: perSecond / 100, burst: 6 })).toBe(0)
      expect(await three.b.nodes.takeToken(key, { perSecond: perSecond / 100, burst: 6 })).toBeGreaterThan(0)
    }
  })

  test('a bucket refills: after the wait there is a token, and rejected calls cost none', async () => {
    const key = uniqueName('k')
    const take = () => three.a.nodes.takeToken(key, { perSecond: 5, burst: 1 })
    expect(await take()).toBe(0)
    const began = performance.now()
    let wait = await take()
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(200)
    await until(async () => {
      wait = await take()
      return wait === 0
    })
    const took = performance.now() - began
    expect(took).toBeGreaterThan(100)
    expect(took).toBeLessThan(1_000)
  })

  test('secrets: nodes that start concurrently agree on one', async () => {
    const offered = Array.from({ length: 10 }, () => uniqueName('s'))
    const agreed = await Promise.all(offered.map((mine, i) => three.all[i % 3]!.secrets.agree(mine)))
    expect(agreed[0]).toEqual([expect.any(String)])
    expect(offered).toEqual(expect.arrayContaining(agreed[0]!))
    for (const keys of agreed) expect(keys).toEqual(agreed[0])
    expect(await three.b.secrets.agree(uniqueName('late'))).toEqual(agreed[0])
  })

  test('secrets: shared once, however often; every node reads all', async () => {
    const [mine, yours] = [`${uniqueName('s')}+/="'`, uniqueName('s')]
    expect(await three.a.secrets.share(mine)).toContain(mine)
    expect(await three.b.secrets.share(yours)).toEqual(expect.arrayContaining([mine, yours]))
    await Promise.all(three.all.flatMap((store) => [store.secrets.share(mine), store.secrets.share(yours)]))
    for (const store of three.all) {
      const all = await store.secrets.all()
      for (const key of [mine, yours]) expect(all.filter((other) => other === key)).toEqual([key])
    }
  })
}
