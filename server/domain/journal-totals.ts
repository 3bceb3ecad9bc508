import { type Counts, type Flush, PEAKS, type Peaks, type Totals, WAYS, type Way } from './journal.ts'

/** Totals as both stores keep them: numbers by name, which never decrease. */
export type TotalsByName = Record<string, number>

export const COUNTS = ['connections', 'disconnects', 'matches', 'messages', 'errors', 'bytesIn', 'bytesOut'] as const

/** The increments of a flush, by name of the total, without zeros. */
export function incrementsOf({
  counts,
  deliveries,
}: Pick<Flush, 'counts' | 'deliveries'>): [name: string, by: number][] {
  const all = Object.entries(counts).flatMap(([way, one]) =>
    Object.entries(one).map(([count, by]): [string, number] => [nameOf(way as Way, count as keyof Counts), by]),
  )
  all.push(['deliveries', deliveries])
  return all.filter(([, by]) => by > 0)
}

/** The names under which a peak and its time are stored. */
export const peakNames = (peak: keyof Peaks): [value: string, at: string] => [`peak ${peak}`, `peak ${peak} at`]

export function totalsOf(totalsByName: TotalsByName): Totals {
  const of = (name: string) => totalsByName[name] ?? 0
  const countsOf = (way: Way) => Object.fromEntries(COUNTS.map((count) => [count, of(nameOf(way, count))]))
  const by = Object.fromEntries(WAYS.map((way) => [way, countsOf(way)])) as unknown as Totals['by']
  const peaks = Object.fromEntries(
    PEAKS.map((peak) => {
      const [value, at] = peakNames(peak)
      return [peak, { value: of(value), at: of(at) }]
    }),
  ) as Peaks
  return { since: of('since'), ...sumCounts(Object.values(by)), deliveries: of('deliveries'), peaks, by }
}

export const noCounts = (): Counts => ({
  connections: 0,
  disconnects: 0,
  matches: 0,
  messages: 0,
  errors: 0,
  bytesIn: 0,
  bytesOut: 0,
})

export function sumCounts(all: Counts[]): Counts {
  const total = noCounts()
  for (const counts of all) for (const count of COUNTS) total[count] += counts[count]
  return total
}

const nameOf = (way: Way, count: keyof Counts): string => `${way} ${count}`
