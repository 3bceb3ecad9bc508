import { expect, test } from '@jest/globals'
import type { NodeStats } from '../../../protocol/stats.ts'
import type { Store } from '../../domain/ports.ts'
import { fresh, type Three, until } from './cluster.ts'
import { span } from './ear.ts'

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

  test('every node lists what the others say of themselves from now on, by name', async () => {
    const stem = fresh('n')
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

  test('a node that closes is listed no more', async () => {
    const node = fresh('n')
    const leaving = await three.another({ node })
    leaving.nodes.report(() => stats(node, 1))
    await until(async () => (await row(three.a, node)) !== undefined)
    await leaving.close()
    await until(async () => (await row(three.a, node)) === undefined)
  })

  test('a person has at most so many connections, on all nodes together', async () => {
    const [user, other] = [fresh('u'), fresh('u')]
    const answers = await Promise.all(span(1, 30).map((i) => three.all[i % 3]!.nodes.admit(user, 4)))
    expect(answers.filter((admitted) => admitted)).toHaveLength(4)
    expect(await three.b.nodes.admit(user, 4)).toBe(false)
    expect(await three.b.nodes.admit(other, 1)).toBe(true)
    expect(await three.b.nodes.admit(user, 5)).toBe(true)
  })

  test('a released connection makes room for one', async () => {
    const user = fresh('u')
    expect(await three.a.nodes.admit(user, 2)).toBe(true)
    expect(await three.b.nodes.admit(user, 2)).toBe(true)
    expect(await three.c.nodes.admit(user, 2)).toBe(false)
    await three.a.nodes.release(user)
    expect(await three.c.nodes.admit(user, 2)).toBe(true)
    expect(await three.a.nodes.admit(user, 2)).toBe(false)
  })

  test('the connections of a closed node count no more', async () => {
    const user = fresh('u')
    const leaving = await three.another()
    expect(await leaving.nodes.admit(user, 1)).toBe(true)
    expect(await three.a.nodes.admit(user, 1)).toBe(false)
    await leaving.close()
    await until(() => three.a.nodes.admit(user, 1))
  })

  test('a bucket for all nodes: the burst, then no, with the wait', async () => {
    const [key, other] = [fresh('k'), fresh('k')]
    const rate = { perSecond: 0.01, burst: 7 }
    const take = (nth: number, of: string) => three.all[nth % 3]!.nodes.pace(of, rate)
    const waits = await Promise.all(span(1, 30).map((nth) => take(nth, key)))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(7)
    for (const wait of waits.filter((wait) => wait > 0)) {
      expect(wait).toBeGreaterThan(90_000)
      expect(wait).toBeLessThanOrEqual(100_000)
      expect(Number.isInteger(wait)).toBe(true)
    }
    expect(await Promise.all(span(1, 7).map((nth) => take(nth, other)))).toEqual(span(1, 7).map(() => 0))
  })

  test('a bucket has no token less for a rate that is no round number', async () => {
    for (const perSecond of [3, 6, 7, 0.7]) {
      const key = fresh('k')
      for (const _ of span(1, 6))
        expect(await three.a.nodes.pace(key, { perSecond: perSecond / 100, burst: 6 })).toBe(0)
      expect(await three.b.nodes.pace(key, { perSecond: perSecond / 100, burst: 6 })).toBeGreaterThan(0)
    }
  })

  test('a bucket fills again: after the wait there is a token, and refusals cost nothing', async () => {
    const key = fresh('k')
    const take = () => three.a.nodes.pace(key, { perSecond: 5, burst: 1 })
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

  test('secrets: nodes that begin at the same moment agree on one', async () => {
    const offered = Array.from({ length: 10 }, () => fresh('s'))
    const agreed = await Promise.all(offered.map((mine, i) => three.all[i % 3]!.secrets.agree(mine)))
    expect(agreed[0]).toEqual([expect.any(String)])
    expect(offered).toEqual(expect.arrayContaining(agreed[0]!))
    for (const keys of agreed) expect(keys).toEqual(agreed[0])
    expect(await three.b.secrets.agree(fresh('late'))).toEqual(agreed[0])
  })

  test('secrets: shared once, however often; every node sees all', async () => {
    const [mine, yours] = [`${fresh('s')}+/="'`, fresh('s')]
    expect(await three.a.secrets.share(mine)).toContain(mine)
    expect(await three.b.secrets.share(yours)).toEqual(expect.arrayContaining([mine, yours]))
    await Promise.all(three.all.flatMap((store) => [store.secrets.share(mine), store.secrets.share(yours)]))
    for (const store of three.all) {
      const all = await store.secrets.all()
      for (const key of [mine, yours]) expect(all.filter((other) => other === key)).toEqual([key])
    }
  })
}
