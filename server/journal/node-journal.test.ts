import { expect, test } from '@jest/globals'
import { unavailable } from '../domain/fault-error.ts'
import { percentile } from '../domain/histogram.ts'
import { type Flush, type JournalLine, SERIES, type Totals } from '../domain/journal.ts'
import { incrementsOf, type TotalsByName, totalsOf } from '../domain/journal-totals.ts'
import type { Archive } from '../domain/ports.ts'
import { NodeJournal } from './node-journal.ts'

/** A store that can be made unavailable, and can lose its answers. */
class Shelf {
  mode: 'well' | 'away' | 'mute' = 'well'
  now = Date.UTC(2026, 0, 31, 12)
  readonly flushes: Flush[] = []
  readonly #totalsByName: TotalsByName = { since: 1 }
  #last = 0

  readonly archive = {
    add: async (flush: Flush) => {
      if (this.mode === 'away') throw unavailable()
      if (flush.number > this.#last) {
        this.#last = flush.number
        this.flushes.push(flush)
        for (const [name, by] of incrementsOf(flush)) this.#totalsByName[name] = (this.#totalsByName[name] ?? 0) + by
      }
      if (this.mode === 'mute') throw unavailable()
    },
    totals: async () => totalsOf(this.#totalsByName),
  } as unknown as Archive

  get events(): (JournalLine & { skipped?: number })[] {
    return this.flushes.flatMap(({ events }) => events.map(({ json }) => JSON.parse(json)))
  }
}

function start() {
  const shelf = new Shelf()
  const lines: string[] = []
  const file = { add: (line: string) => void lines.push(line), close: async () => {} }
  const resourceUsage = () => ({
    open: { text: 3 },
    loopDelayMs: 2,
    rssBytes: 100,
    heapBytes: 50,
    cpu: 0.5,
    cores: 2,
  })
  const store = { archive: shelf.archive, now: () => shelf.now }
  return { shelf, lines, journal: new NodeJournal({ node: 'n1', store, file, resourceUsage }) }
}

const counts = ({ connections, messages, bytesIn, deliveries }: Totals) => ({
  connections,
  messages,
  bytesIn,
  deliveries,
})

test('a line has the fields of the original chat server and additional ones', () => {
  const { journal, lines } = start()
  journal.record({ kind: 'connection', way: 'strangers' })
  journal.record({ kind: 'match', way: 'strangers', user: 'ada' })
  journal.record({ kind: 'message', way: 'strangers', user: 'ada', bytes: 12 })
  journal.record({ kind: 'disconnect', way: 'websocket', user: 'ada', reason: 'transport close' })
  const time = '2026-01-31T12:00:00.000Z'
  const line = (event: string, details: string, more: object) =>
    JSON.stringify({ time, event, details, node: 'n1', ...more })
  expect(lines).toEqual([
    line('New Connection', 'By strangers', { kind: 'connection', way: 'strangers' }),
    line('Matched', 'Two strangers can talk', { kind: 'match', way: 'strangers', user: 'ada' }),
    line('Message Relay', 'Message size: 12 bytes', { kind: 'message', way: 'strangers', user: 'ada', bytes: 12 }),
    line('Disconnected', 'transport close', {
      kind: 'disconnect',
      way: 'websocket',
      user: 'ada',
      reason: 'transport close',
    }),
  ])
})

test('totals include all counts so far', async () => {
  const { journal } = start()
  const entry = { seq: 1, kind: 'message', room: 'lobby', at: 0, by: { id: 'ada', name: 'Ada' }, text: 'x' } as const
  for (let i = 1; i <= 3; i++) {
    journal.record({ kind: 'connection', way: 'text' })
    journal.record({ kind: 'message', way: 'json', bytes: 4 })
    journal.bytes('text', 10, 20)
    journal.delivered([entry, entry], 5)
    const totals = await journal.totals()
    expect(counts(totals)).toEqual({ connections: i, messages: i, bytesIn: 10 * i, deliveries: 10 * i })
    expect(totals.by.json.messages).toBe(i)
    expect(totals.by.text.bytesOut).toBe(20 * i)
  }
})

test('no count is lost while the store is unavailable, and none is counted twice after a lost answer', async () => {
  const { journal, shelf } = start()
  journal.record({ kind: 'message', way: 'text', bytes: 1 })
  for (const mode of ['away', 'mute', 'away', 'mute', 'mute'] as const) {
    shelf.mode = mode
    await expect(journal.totals()).rejects.toMatchObject({ code: 'unavailable' })
    journal.record({ kind: 'message', way: 'text', bytes: 1 })
  }
  shelf.mode = 'well'
  expect(counts(await journal.totals()).messages).toBe(6)
  expect(shelf.events).toHaveLength(6)
})

test('the store receives the newest events of each kind and the number of skipped ones', async () => {
  const { journal, shelf, lines } = start()
  journal.record({ kind: 'error', way: 'node', reason: 'rare' })
  for (let bytes = 1; bytes <= 1_000; bytes++) journal.record({ kind: 'message', way: 'text', bytes })
  journal.record({ kind: 'error', way: 'node', reason: 'rare, too' })
  await journal.totals()
  expect(lines).toHaveLength(1_002)
  const [first, second, ...others] = shelf.events
  expect(first).toMatchObject({ kind: 'error', reason: 'rare' })
  expect(second).toMatchObject({ kind: 'message', bytes: 901, skipped: 900 })
  expect(others).toHaveLength(100)
  expect(others.at(-1)).toMatchObject({ reason: 'rare, too' })
  expect(others.some(({ skipped }) => skipped)).toBe(false)
})

test('close flushes everything to the store, including samples of each series', async () => {
  const { journal, shelf } = start()
  for (let i = 0; i < 100; i++) journal.appended(i < 98 ? 0.001 : 0.5)
  journal.record({ kind: 'connection', way: 'text' })
  await journal.totals()
  journal.record({ kind: 'disconnect', way: 'text', reason: 'closed with 1000' })
  await journal.close()
  const samples = shelf.flushes.at(-1)!.samples
  expect(samples.map(({ stepMs, at }) => ({ stepMs, at }))).toEqual(
    SERIES.map(({ stepMs }) => ({ stepMs, at: shelf.now - (shelf.now % stepMs) })),
  )
  for (const sample of samples) {
    expect(sample).toMatchObject({ node: 'n1', connections: 1, disconnects: 1, open: { text: 3 }, rssBytes: 100 })
    expect(percentile(sample.append, 0.9)).toBeLessThan(1.5)
    expect(percentile(sample.append, 0.99)).toBeGreaterThanOrEqual(500)
  }
})

test('each interval has its own sample, and the latest samples survive a long outage', async () => {
  const { journal, shelf } = start()
  shelf.mode = 'away'
  const begun = shelf.now
  for (let i = 0; i < 800; i++) {
    await expect(journal.totals()).rejects.toMatchObject({ code: 'unavailable' })
    shelf.now += 10_000
  }
  shelf.mode = 'well'
  for (let i = 0; i < 60; i++) await journal.totals()
  const seconds = shelf.flushes.flatMap(({ samples }) => samples.filter(({ stepMs }) => stepMs === 10_000))
  expect(seconds.length).toBeGreaterThan(300)
  const at = seconds.map((sample) => sample.at)
  expect(at).toEqual([...at].sort((one, other) => one - other))
  expect(Math.max(...at)).toBe(shelf.now)
  // Except for the flush in flight, the oldest were dropped.
  expect(at[0]).toBe(begun)
  expect(at[1]).toBeGreaterThan(begun + 10_000)
}, 60_000)
