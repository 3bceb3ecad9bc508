import {
  type ArchivedEvent,
  EVENTS_KEPT,
  type Flush,
  KINDS,
  PEAKS,
  type Sample,
  SERIES,
  type Totals,
} from '../../domain/journal.ts'
import { incrementsOf, peakNames, totalsOf } from '../../domain/journal-totals.ts'
import type { Archive } from '../../domain/ports.ts'
import type { Connection } from './connection.ts'
import type { Keys } from './keys.ts'
import { addFlush, latestEvents } from './scripts/archive.ts'

/** Samples per hash: keeps the number of keys low while every key expires independently. */
const CHUNK_STEPS = 60

type Page = Parameters<Archive['events']>[0]

export class RedisArchive implements Archive {
  constructor(
    private readonly db: Connection,
    private readonly keys: Keys,
    private readonly now: () => number,
  ) {}

  async add(flush: Flush): Promise<void> {
    const { db, keys } = this
    const counted = incrementsOf(flush)
    await db.run(
      addFlush,
      [keys.totals(), keys.flushTimes(), keys.flushes(), keys.eventNumber()],
      [
        ...[keys.eventsPrefix(), keys.seriesPrefix(), flush.incarnation, flush.number],
        ...[counted.length, ...counted.flat()],
        ...[PEAKS.length, ...PEAKS.flatMap((peak) => [...peakNames(peak), Math.round(flush.now[peak])])],
        ...[flush.samples.length, ...flush.samples.flatMap(sampleArguments)],
        ...[flush.events.length, ...flush.events.flatMap(({ kind, json }) => [kind, json])],
      ],
    )
  }

  async totals(): Promise<Totals> {
    const tally = await this.db.call((redis) => redis.hgetall(this.keys.totals()))
    return totalsOf(Object.fromEntries(Object.entries(tally).map(([name, value]) => [name, Number(value)])))
  }

  async series({ stepMs, from, to }: Parameters<Archive['series']>[0]): Promise<Sample[]> {
    const { keepMs } = SERIES.find((series) => series.stepMs === stepMs)!
    const chunkMs = CHUNK_STEPS * stepMs
    const now = this.now()
    const chunks: number[] = []
    const last = Math.min(to - 1, now + chunkMs)
    for (let chunk = chunkOf(Math.max(from, now - keepMs - chunkMs), stepMs); chunk <= last; chunk += chunkMs) {
      chunks.push(chunk)
    }
    const read = (chunk: number) =>
      this.db.call((redis) => redis.hvals(`${this.keys.seriesPrefix()}${stepMs}:${chunk}`))
    const samples = (await Promise.all(chunks.map(read))).flat()
    return samples
      .map((json) => JSON.parse(json) as Sample)
      .filter(({ at }) => at >= from && at < to)
      .sort((one, other) => one.at - other.at || (one.node < other.node ? -1 : 1))
  }

  async events({ after = 0, kinds = KINDS, node, limit }: Page) {
    const { db, keys } = this
    const most = node === undefined ? limit : EVENTS_KEPT
    const [next, ...found] = (await db.run(
      latestEvents,
      [keys.eventNumber()],
      [keys.eventsPrefix(), after, most, ...kinds],
    )) as [number, ...string[]]
    const events: ArchivedEvent[] = []
    for (let i = 0; i < found.length; i += 2) events.push({ n: Number(found[i]), ...JSON.parse(found[i + 1]!) })
    const ofNode = events.filter((event) => node === undefined || event.node === node)
    return { events: ofNode.sort((one, other) => one.n - other.n).slice(-limit), next }
  }
}

const chunkOf = (at: number, stepMs: number): number => at - (at % (CHUNK_STEPS * stepMs))

function sampleArguments(sample: Sample): (string | number)[] {
  const { at, stepMs, incarnation } = sample
  const { keepMs } = SERIES.find((series) => series.stepMs === stepMs)!
  const chunk = chunkOf(at, stepMs)
  const expiresAt = chunk + CHUNK_STEPS * stepMs + keepMs
  return [`${stepMs}:${chunk}`, `${at} ${incarnation}`, JSON.stringify(sample), expiresAt]
}
