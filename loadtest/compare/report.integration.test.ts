import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ROOT } from '../../server/local/root.ts'
import { browserWords } from './browser.ts'
import {
  type Cell,
  carried,
  cells,
  deliveriesPerSecond,
  keyOf,
  MOST_DELIVERIES,
  RATES,
  SIZES,
  skipped,
} from './cells.ts'
import type { Figures } from './derived.ts'
import { document, pictures } from './document.ts'
import { between, parseCounters } from './edge-counters.ts'
import { compareFlags, RESULTS } from './flags.ts'
import { page } from './page.ts'
import { goOnFrom, type Results, type Run, readResults, results } from './results.ts'
import { environmentKey, schedule } from './schedule.ts'
import { table } from './table.ts'

const all = (repeat: number) => schedule({ only: [], repeat, quick: false }, [])
const run = (cell: Cell, repetition: number, figures: Figures = {}): Run => {
  return { cell: keyOf(cell), repetition, at: '2026-01-31T00:00:00.000Z', complete: true, figures }
}

/** Sample results, not measured: polling takes twice as much as WebSocket, and 1 more with each repetition. */
function madeUp(): Results {
  const runs = all(3).map(({ cell, repetition }) => {
    const n = (cell.mode === 'polling' ? 200 : 100) + repetition - 2
    const traffic = { sent: n, received: n, polls: cell.mode === 'polling' ? 10 : 0, posts: 0, upgrades: 0 }
    const talked = {
      messages: 2,
      deliveries: 10,
      packets: 5,
      nodesCpu: n / 1e6,
      edgeCpu: n / 1e6,
      p50: n,
      p95: n,
      p99: n,
    }
    const rested = { clients: 10, seconds: 60, nodesCpu: 1, edgeCpu: 1, rssBytes: n * 1e3, heapBytes: n, edgeBytes: n }
    const came = { times: 3, joinedMs: n, firstMs: n + 1, requests: 3 }
    return run(cell, repetition, { ...traffic, ...{ talk: talked, idle: rested, arrive: came }[cell.kind] })
  })
  return { ...results(false), runs }
}

test('docs/transports.md and its charts match the results (update: npm run compare -- --write)', () => {
  const found = readResults(RESULTS)
  expect(readFileSync(join(ROOT, 'docs', 'transports.md'), 'utf8')).toBe(document(found))
  for (const [name, svg] of Object.entries(pictures(found))) {
    expect(readFileSync(join(ROOT, 'docs', 'images', name), 'utf8')).toBe(svg)
  }
})

test('every measured figure is shown with the range of its repetitions', () => {
  const found = madeUp()
  const text = document(found)
  expect(text).not.toContain('Not measured yet')
  expect(text).toContain('is 40 bytes by long-polling and 20 bytes by WebSocket (2.0 times as much)')
  expect(text).toContain('200.0 (199.0–201.0)')
  expect(text).toContain('3 repetitions of each cell')
  expect(text).toContain(`at none of the ${carried.length} loads measured: refuted, here.`)
  expect(Object.keys(pictures(found))).toHaveLength(6)
  for (const [name, svg] of Object.entries(pictures(found))) {
    expect(text).toContain(`(images/${name})`)
    expect(svg).toMatch(/^<svg xmlns/)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  }
  expect(table(found)).toMatch(/talk, 50 at 0.2\/s, polling +3\/3 +200.0 \(199.0–201.0\)/)
  expect(page(found)).toContain('<svg')
})

test('without results, the document makes no claim', () => {
  for (const found of [undefined, results(false)]) {
    expect(document(found)).toContain('**Not measured yet.**')
    expect(document(found)).not.toMatch(/times as much|NaN|undefined/)
    expect(pictures(found)).toEqual({})
  }
  expect(document({ ...madeUp(), quick: true })).toContain('**Quick, 3 repetitions')
})

test('the document states where WebSocket is slower', () => {
  const found = madeUp()
  for (const each of found.runs) if (each.cell.includes('50 at 10/s, websocket, not')) each.figures.p95 = 500
  expect(document(found)).toContain('at 1 of the 9 loads measured: rooms of 50, 10/s each (2.5 times).')
})

test('loads above the limit are skipped, the others are measured over every transport', () => {
  expect(carried.length + skipped.length).toBe(RATES.length * SIZES.length)
  expect(skipped.map(keyOfLoad)).toEqual(['500 at 10', '500 at 50'])
  for (const load of carried) {
    expect(deliveriesPerSecond(load)).toBeLessThanOrEqual(MOST_DELIVERIES)
    for (const mode of ['websocket', 'polling', 'upgraded']) {
      expect(cells(false).filter((cell) => keyOf(cell) === `talk, ${keyOfLoad(load)}/s, ${mode}`)).toHaveLength(1)
    }
  }
  const names = cells(false).map(keyOf)
  expect(new Set(names).size).toBe(names.length)
  expect(cells(true).every((cell) => names.includes(keyOf(cell)))).toBe(true)
})

const keyOfLoad = ({ size, rate }: { size: number; rate: number }) => `${size} at ${rate}`

test('measured cells are not repeated; transports take turns, grouped by environment', () => {
  const plan = all(2)
  const done = plan.slice(0, 7).map(({ cell, repetition }) => run(cell, repetition))
  expect(schedule({ only: [], repeat: 2, quick: false }, done)).toEqual(plan.slice(7))
  const begins = (repetition: number) =>
    plan.find((each) => each.repetition === repetition && keyOf(each.cell).startsWith('talk, 2 at 1/s'))!.cell.mode
  expect([begins(1), begins(2)]).toEqual(['websocket', 'polling'])
  const keys = plan.filter(({ repetition }) => repetition === 1).map(({ cell }) => environmentKey(cell))
  expect(keys.filter((system, i) => system !== keys[i - 1])).toHaveLength(new Set(keys).size)
  const only = schedule({ only: ['behind 50 ms,', 'idle'], repeat: 1, quick: false }, [])
  expect(only.every(({ cell }) => /behind 50 ms, 1 % loss|idle/.test(keyOf(cell)))).toBe(true)
})

test('a full run replaces a quick one, and no run replaces one of another machine', () => {
  const [quick, whole] = [results(true), { ...results(false), runs: [run(cells(false)[0]!, 1, { p50: 1 })] }]
  expect(goOnFrom(quick, results(false))).toEqual(results(false))
  expect(goOnFrom(whole, results(false))).toEqual(whole)
  const nothing = { ...whole, runs: [...whole.runs, run(cells(false)[1]!, 1)] }
  expect(goOnFrom(nothing, results(false))).toEqual(whole)
  expect(goOnFrom(whole, quick)).toMatch(/--json/)
  expect(goOnFrom({ ...whole, textChars: 7 }, results(false))).toMatch(/another machine/)
})

test('kernel counters of the edge connections are parsed', () => {
  const line = (peer: string, sent: number, got: number) =>
    `0 0 127.0.0.1:8080 ${peer} cubic bytes_sent:${sent} bytes_acked:${sent} bytes_received:${got} segs_out:4 segs_in:3 data_segs_out:2`
  const before = parseCounters(`${line('10.0.0.1:5', 100, 40)}\n`)
  const after = parseCounters(`${line('10.0.0.1:5', 150, 70)}\n${line('[::1]:6', 5, 6)}\n`)
  expect(between(before, after)).toEqual({ sent: 55, received: 36, segmentsOut: 4, segmentsIn: 3 })
  // A closed connection takes its counters with it.
  expect(between(after, before)).toBeUndefined()
})

test('browser headers are complete lines', () => {
  const { poll, post, upgrade } = browserWords({ host: 'a', port: 1 })
  for (const lines of [poll, post, upgrade]) expect(lines).toMatch(/^([\w-]+: [^\r\n]+\r\n)+$/)
})

test('flags are parsed and invalid ones reported', () => {
  expect(compareFlags(['--only', 'idle, polling', '--quick'])).toMatchObject({ only: ['idle', 'polling'], repeat: 1 })
  expect(compareFlags([])).toMatchObject({ repeat: 5, json: RESULTS, show: false })
  expect(compareFlags(['--repeat', '0', '--fast'])).toEqual([
    'Unknown option --fast.',
    '--repeat must be an integer from 1 to 20, not "0".',
  ])
})
