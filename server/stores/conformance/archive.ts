import { expect, test } from '@jest/globals'
import { type Flush, type Kind, type Sample, SERIES, type Totals } from '../../domain/journal.ts'
import { type Three, uniqueName, until } from './cluster.ts'
import { span } from './recording-follower.ts'

const flush = (incarnation: string, number: number, more: Partial<Flush> = {}): Flush => ({
  incarnation,
  number,
  counts: {},
  deliveries: 0,
  now: {
    connections: 0,
    messagesPerSecond: 0,
    bytesInPerSecond: 0,
    bytesOutPerSecond: 0,
    deliveriesPerSecond: 0,
  },
  samples: [],
  events: [],
  ...more,
})

const sample = (node: string, more: Partial<Sample> = {}): Sample => ({
  node,
  incarnation: `${node}.1`,
  at: 0,
  stepMs: 10_000,
  coveredMs: 9_000,
  connections: 1,
  disconnects: 2,
  matches: 3,
  messages: 4,
  errors: 5,
  bytesIn: 2 ** 40,
  bytesOut: 7,
  open: { websocket: 8, text: 9 },
  deliveries: 10,
  append: [0, 1, 2],
  delivery: [3],
  loopDelayMs: 1.5,
  rssBytes: 2 ** 33,
  heapBytes: 11,
  cpu: 0.25,
  cores: 4,
  ...more,
})

const event = (node: string, kind: Kind, details: string) => ({
  kind,
  json: JSON.stringify({ time: '2026-01-31T12:00:00.000Z', event: 'E', details, node, kind, way: 'text' }),
})

/** The difference between two reads of the totals, since other tests add to the same totals. */
const more = (before: Totals, after: Totals) => ({
  connections: after.connections - before.connections,
  bytesIn: after.bytesIn - before.bytesIn,
  deliveries: after.deliveries - before.deliveries,
  textMessages: after.by.text.messages - before.by.text.messages,
  pollingConnections: after.by.polling.connections - before.by.polling.connections,
})

export function archive(three: Three): void {
  test('counts of all nodes are added up, by transport and in total, and all nodes read the same', async () => {
    const before = await three.a.archive.totals()
    const counts = { text: { messages: 3, bytesIn: 2 ** 41 }, polling: { connections: 2 } }
    await Promise.all(
      three.all.map((store) => store.archive.add(flush(uniqueName('inc'), 1, { counts, deliveries: 4 }))),
    )
    const added = { connections: 6, bytesIn: 3 * 2 ** 41, deliveries: 12, textMessages: 9, pollingConnections: 6 }
    for (const store of three.all) expect(more(before, await store.archive.totals())).toEqual(added)
  })

  test('a repeated or outdated flush is counted once', async () => {
    const before = await three.a.archive.totals()
    const incarnation = uniqueName('inc')
    const counted = (number: number) =>
      flush(incarnation, number, { deliveries: 1, events: [event('n', 'error', `${incarnation} ${number}`)] })
    for (const number of [1, 1, 2, 2, 1]) await three.a.archive.add(counted(number))
    await Promise.all(span(1, 5).map(() => three.b.archive.add(counted(3))))
    expect(more(before, await three.c.archive.totals()).deliveries).toBe(3)
    const { events } = await three.c.archive.events({ kinds: ['error'], limit: 1_000 })
    const ours = events.map(({ details }) => details).filter((details) => details.startsWith(incarnation))
    expect(ours).toEqual([1, 2, 3].map((number) => `${incarnation} ${number}`))
  })

  test('`since` is set once, by the first flush', async () => {
    await three.a.archive.add(flush(uniqueName('inc'), 1))
    const { since } = await three.a.archive.totals()
    expect(Math.abs(since - three.a.now())).toBeLessThan(600_000)
    await three.b.archive.add(flush(uniqueName('inc'), 1, { deliveries: 1 }))
    expect((await three.c.archive.totals()).since).toBe(since)
  })

  test('a peak is the sum over all nodes at one time', async () => {
    const most = (await three.a.archive.totals()).peaks
    const high = (connections: number, deliveriesPerSecond: number) => ({
      now: {
        connections,
        messagesPerSecond: 0,
        bytesInPerSecond: 0,
        bytesOutPerSecond: 0,
        deliveriesPerSecond,
      },
    })
    const base = most.connections.value + 1_000
    const [one, other] = [uniqueName('inc'), uniqueName('inc')]
    const peak = async () => (await three.c.archive.totals()).peaks
    // Both must flush within 1.5 s of each other: on a slow machine, repeat until they do.
    let number = 0
    await until(async () => {
      number++
      await Promise.all([
        three.a.archive.add(flush(one, number, high(base, 3))),
        three.b.archive.add(flush(other, number, high(base, 4))),
      ])
      return (await peak()).connections.value === 2 * base
    })
    expect(Math.abs((await peak()).connections.at - three.a.now())).toBeLessThan(60_000)
    // A lower sum is not a peak.
    const before = await peak()
    await three.a.archive.add(flush(one, number + 1, high(1, 0)))
    expect((await peak()).connections).toEqual(before.connections)
  })

  test('figures of a silent node are not part of a peak', async () => {
    const now = { connections: 0, messagesPerSecond: 0, bytesInPerSecond: 0, deliveriesPerSecond: 0 }
    const before = (await three.a.archive.totals()).peaks.bytesOutPerSecond.value
    const dead = before + 1_000_000
    await three.a.archive.add(flush(uniqueName('inc'), 1, { now: { ...now, bytesOutPerSecond: dead } }))
    await new Promise((later) => setTimeout(later, 1_600))
    await three.b.archive.add(flush(uniqueName('inc'), 1, { now: { ...now, bytesOutPerSecond: 5_000 } }))
    expect((await three.c.archive.totals()).peaks.bytesOutPerSecond.value).toBe(dead)
  })

  test('samples are returned complete and in order, from `from` to before `to`; repeated ones are replaced', async () => {
    const node = uniqueName('n')
    const other = `${node}b`
    for (const { stepMs } of SERIES) {
      const now = three.a.now()
      const start = now - (now % stepMs) - 70 * stepMs
      const at = (step: number) => start + step * stepMs
      const said = [sample(other, { at: at(0) }), ...span(0, 70).map((step) => sample(node, { at: at(step) }))]
      const first = said.map((one) => ({ ...one, stepMs }))
      await three.a.archive.add(flush(`${node}.${stepMs}`, 1, { samples: first.slice(1) }))
      await three.b.archive.add(flush(`${other}.${stepMs}`, 1, { samples: [first[0]!] }))
      const again = { ...first[1]!, messages: 99 }
      await three.a.archive.add(flush(`${node}.${stepMs}`, 2, { samples: [again] }))
      const ours = async (from: number, to: number) =>
        (await three.c.archive.series({ stepMs, from, to })).filter((one) => one.node.startsWith(node))
      expect(await ours(at(0), at(2))).toEqual([again, first[0], first[2]])
      expect(await ours(at(69), Infinity)).toEqual(first.slice(-2))
      expect(await ours(0, at(0))).toEqual([])
    }
  })

  test('the latest events of all nodes, oldest first, and those after a number', async () => {
    const [one, other] = [uniqueName('n'), uniqueName('n')]
    const { next } = await three.a.archive.events({ limit: 1 })
    await three.a.archive.add(
      flush(uniqueName('inc'), 1, { events: [event(one, 'start', '"quoted" 🦜'), event(one, 'message', 'b')] }),
    )
    await three.b.archive.add(flush(uniqueName('inc'), 1, { events: [event(other, 'match', 'c')] }))
    const heard = await three.c.archive.events({ after: next, limit: 100 })
    expect(heard.events).toEqual([
      { n: next + 1, ...JSON.parse(event(one, 'start', '"quoted" 🦜').json) },
      { n: next + 2, ...JSON.parse(event(one, 'message', 'b').json) },
      { n: next + 3, ...JSON.parse(event(other, 'match', 'c').json) },
    ])
    expect(heard.next).toBe(next + 3)
    const of = async (page: { kinds?: Kind[]; node?: string; limit?: number; after?: number }) =>
      (await three.b.archive.events({ after: next, limit: 100, ...page })).events.map(({ n }) => n - next)
    expect(await of({ kinds: ['match', 'start'] })).toEqual([1, 3])
    expect(await of({ node: one })).toEqual([1, 2])
    expect(await of({ node: one, kinds: ['match'] })).toEqual([])
    expect(await of({ limit: 2 })).toEqual([2, 3])
    expect(await of({ after: next + 2 })).toEqual([3])
    expect(await of({ after: next + 3 })).toEqual([])
    // A number beyond the newest event, as after data loss, hides no events.
    expect(await of({ after: next + 1_000_000, limit: 3 })).toEqual([1, 2, 3])
  })

  test('a limited number of events is kept per kind, independently of other kinds', async () => {
    const node = uniqueName('n')
    await three.a.archive.add(flush(uniqueName('inc'), 1, { events: [event(node, 'drain', 'rare')] }))
    const many = (from: number) => span(from, from + 599).map((i) => event(node, 'message', `${i}`))
    await three.a.archive.add(flush(uniqueName('inc'), 1, { events: many(1) }))
    await three.b.archive.add(flush(uniqueName('inc'), 1, { events: many(601) }))
    const all = await three.c.archive.events({ node, limit: 10_000 })
    const details = all.events.map((one) => one.details)
    expect(details).toEqual(['rare', ...span(201, 1_200).map(String)])
  })
}
