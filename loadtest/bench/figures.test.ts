import { expect, test } from '@jest/globals'
import { parseStat } from '../measure/cpu-time.ts'
import { Histogram } from '../measure/histogram.ts'
import { readTexts, TEXT_CHARS, tenths, textOf } from '../measure/payload.ts'
import { Random } from '../measure/random.ts'
import { spreadOf } from '../measure/spread.ts'
import { moments } from './pacing.ts'
import { SharedStream } from './stream.ts'

test('a histogram merges those of several processes and counts one minute at most', () => {
  const [one, other] = [new Histogram(), new Histogram()]
  for (let tenth = 1; tenth <= 100; tenth++) one.add(tenth)
  other.add(10_000_000)
  one.merge(JSON.parse(JSON.stringify(other.packed())))
  expect(one.size).toBe(101)
  expect([0.5, 0.99, 1].map((share) => one.percentile(share))).toEqual([5.1, 10, 60_000])
  one.clear()
  expect([one.size, one.packed(), one.percentile(0.5)]).toEqual([0, [], 0])
})

test('a spread is the median and range of the repetitions', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, count: 3 })
  expect(spreadOf([4, 1, 2, 3])?.median).toBe(2.5)
  expect(spreadOf([])).toBeUndefined()
})

test('send times are random, sorted, within the duration of the rate, and determined by the seed', () => {
  const times = moments(2_000, 500, new Random(7))
  expect(times).toHaveLength(2_000)
  expect(times.every((ms, i) => ms >= 0 && ms < 4_000 && ms >= (times[i - 1] ?? 0))).toBe(true)
  expect(moments(2_000, 500, new Random(7))).toEqual(times)
  // In a Poisson process, the share 1 - 1/e of the intervals is shorter than the mean.
  const short = times.filter((ms, i) => i > 0 && ms - times[i - 1]! < 2)
  expect(short.length / 2_000).toBeCloseTo(1 - 1 / Math.E, 1)
})

test('a text contains its send time and number, whatever surrounds it', () => {
  const at = tenths()
  const text = textOf(at, 7)
  expect(text).toHaveLength(TEXT_CHARS)
  const packet = Buffer.from(`##42["entries",${JSON.stringify([{ text }, { text: textOf(at + 5, 8) }])}]##`)
  expect(readTexts(packet, 2, packet.length - 2)).toMatchObject({ sentAt: [at, at + 5], sum: 15 })
})

test('a shared stream reuses identical packets and parses different ones', () => {
  const packet = (...numbers: number[]) => Buffer.from(numbers.map((number) => textOf(1, number)).join(' '))
  const stream = new SharedStream()
  const read = (at: number, bytes: Buffer) => stream.read(at, bytes, 0, bytes.length)
  const first = read(0, packet(1, 2))
  expect(read(0, packet(1, 2))).toBe(first)
  expect(read(0, packet(3))).toMatchObject({ sum: 3 })
  expect(read(1, packet(4)).sum).toBe(4)
  for (let at = 2; at < 5_000; at++) expect(read(at, packet(at)).sum).toBe(at)
  expect(read(2, packet(9)).sum).toBe(9)
})

test('/proc/PID/stat is parsed whatever the name of the process', () => {
  const behind = 'S 1 4242 4242 0 -1 4194560 100 0 0 0 1234 66 5 6 20 0 1 0 100 9000000 25'
  expect(parseStat(`77 (a (odd) name) ${behind}`)).toEqual({
    command: 'a (odd) name',
    group: 4242,
    seconds: 13,
    resident: 25 * 4_096,
  })
})
