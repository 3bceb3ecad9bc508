import type { Histogram } from '../measure/histogram.ts'
import type { Outcome } from './outcome.ts'
import { type Sum, UserPool } from './pool.ts'
import type { LoadPreset, LoopPreset, StrangersPreset } from './presets.ts'
import { Sampler } from './sampler.ts'
import type { Servers } from './servers.ts'
import { arrivalFaults, loopFaults, partsOf, strangersFaults } from './verdict.ts'

/** Time limit without progress. */
const SILENCE_MS = 30_000

export type Progress = (doing: string, sum?: Sum) => void

/**
 * Runs a preset's load from the first connection to the shutdown of the nodes, if requested, and returns figures and
 * failures.
 */
export async function run(
  preset: LoadPreset,
  servers: Servers,
  { progress = () => {}, shutDown = true }: { progress?: Progress; shutDown?: boolean } = {},
): Promise<Outcome> {
  const userPool = new UserPool(preset, servers.target)
  const sampler = new Sampler(servers)
  try {
    const before = await servers.counters()
    sampler.begin(before)
    const began = performance.now()
    userPool.connect()
    // Paired clients start sending while others still connect; with a pace, all start together.
    if (preset.kind === 'strangers' && !preset.paced) userPool.talk(preset)
    const arriving = preset.kind === 'loop' ? 'connecting' : 'connecting and pairing'
    await userPool.until(
      (sum) => sum.live === preset.clients || many(sum.ended) > 0,
      SILENCE_MS,
      (sum) => progress(arriving, sum),
    )
    const arrivedIn = performance.now() - began
    const common = { preset: preset.name, clients: preset.clients, bytes: preset.bytes }
    const { live = 0, ended = {} } = userPool.sum ?? {}
    if (live < preset.clients) return { ...common, ended, faults: arrivalFaults({ ...preset, live, ended }) }
    const end = () => {
      progress('shutting down nodes', userPool.sum)
      return shutDown ? servers.shutDown() : Promise.resolve(undefined)
    }
    const load = { pool: userPool, sampler, progress, end, arrived: began }
    const figures = preset.kind === 'loop' ? await loop(preset, load) : await strangers(preset, load)
    return { ...common, arrivedIn: seconds(arrivedIn), ...figures }
  } finally {
    sampler.end()
    await userPool.stop()
  }
}

interface Load {
  pool: UserPool
  sampler: Sampler
  progress: Progress
  /** Start of the first connection. */
  arrived: number
  /** Resolves with the milliseconds of the shutdown; undefined if the nodes keep running. */
  end(): Promise<number | undefined>
}

async function strangers(preset: StrangersPreset, { pool, sampler, progress, arrived, end }: Load) {
  const { messages, clients, paced } = preset
  const began = paced ? performance.now() : arrived
  if (paced) pool.talk(preset)
  await pool.until(
    ({ talked }) => talked,
    SILENCE_MS,
    (sum) => progress('sending', sum),
  )
  const talkedIn = performance.now() - began
  const quiet = ({ sent, received }: Sum) => received >= sent
  await pool.until(quiet, SILENCE_MS, (sum) => progress('waiting for deliveries', sum))
  const heardIn = performance.now() - began
  const all = pool.sum!.sent
  const stored = all * partsOf(preset.bytes)
  const counted = await sampler.last((counted) => counted.stored >= stored && counted.relayed >= all)
  const { reports, delays } = await pool.report(SILENCE_MS)
  const sum = pool.sum!
  const memory = sampler.memory(sum.rssBytes)
  const shutDownMs = await end()
  const { putOff, offered, sent, heldBack, received, wrong, ended } = sum
  const figures = {
    ...{ putOff, offered, sent, heldBack, ...counted, received, wrong, ended: { ...ended } },
    ...{ talkedIn: seconds(talkedIn), heardIn: seconds(heardIn) },
    ...{ perSecond: Math.round(received / (heardIn / 1_000)), ...delaysOf(delays), memory, shutDownMs },
  }
  const wanted = messages === undefined ? undefined : messages * clients
  return { ...figures, faults: strangersFaults({ ...figures, bytes: preset.bytes, reports, wanted }) }
}

async function loop(preset: LoopPreset, { pool, sampler, progress, end }: Load) {
  const began = performance.now()
  pool.talk({})
  const over = () => performance.now() - began >= preset.seconds * 1_000
  await pool.until(over, SILENCE_MS, (sum) => progress('looping', sum))
  const talkedIn = performance.now() - began
  const counted = await sampler.last()
  const memory = sampler.memory(pool.sum!.rssBytes)
  // The clients keep sending during the shutdown.
  const shutDownMs = await end()
  const closed = ({ ended }: Sum) => many(ended) === preset.clients
  if (shutDownMs !== undefined)
    await pool.until(closed, SILENCE_MS, (sum) => progress('waiting for connections to close', sum))
  const { sent, received, wrong, ended } = pool.sum!
  const figures = {
    ...{ sent, ...counted, received, wrong, ended: { ...ended }, talkedIn: seconds(talkedIn) },
    ...{ perSecond: counted && Math.round(counted.stored / (talkedIn / 1_000)), memory, shutDownMs },
  }
  return { ...figures, faults: loopFaults({ ...figures, clients: preset.clients }) }
}

const many = (ended: Sum['ended']): number => Object.values(ended).reduce((sum, count) => sum + count, 0)
const seconds = (ms: number): number => Math.round(ms / 10) / 100

function delaysOf(delays: Histogram): { p50: number; p95: number; p99: number } {
  return { p50: delays.percentile(0.5), p95: delays.percentile(0.95), p99: delays.percentile(0.99) }
}
