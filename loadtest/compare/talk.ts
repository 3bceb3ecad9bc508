import { setTimeout as delay } from 'node:timers/promises'
import { PRESENCE_GATHER_MAX_MS } from '../../protocol/limits.ts'
import type { MemberPlan } from '../bench/messages.ts'
import { BenchPool, TimeoutError } from '../pool/bench-pool.ts'
import { browserWords } from './browser.ts'
import type { Cell, Load } from './cells.ts'
import { between, edgeCounters } from './edge-counters.ts'
import type { MeasureContext, Measured } from './place.ts'
import { processorOf, spent } from './spent.ts'

const WORKER_PROCESSES = 2
const WARM = { perSecond: 100, messages: 50 }
/** Time limit for the remaining deliveries after the last send. */
const ARRIVE_WITHIN_MS = 30_000

let poolCount = 0

export function membersOf({ rooms, size }: Pick<Load, 'rooms' | 'size'>): MemberPlan[] {
  // New, empty rooms for each cell.
  const own = `compare-${process.pid}-${poolCount++}`
  return Array.from({ length: rooms * size }, (_, i) => ({
    ...{ name: `Member ${i}`, room: `${own}-${Math.floor(i / size)}`, node: 0, speaks: true },
  }))
}

export function poolOf({ system, elsewhere }: MeasureContext, mode: Cell['mode'], members: MemberPlan[]): BenchPool {
  const targets = [system.edge!]
  const browser = browserWords(system.edge!)
  return new BenchPool({
    contestant: 'hubbub',
    transport: mode,
    targets,
    members,
    processes: WORKER_PROCESSES,
    browser,
    elsewhere,
  })
}

/** Measures the cost and latency of messages in rooms. */
export async function talk(cell: Extract<Cell, { kind: 'talk' }>, context: MeasureContext): Promise<Measured> {
  const { system } = context
  const pool = poolOf(context, cell.mode, membersOf(cell))
  try {
    await pool.connect()
    // Until presence has been reported to all members.
    await delay(PRESENCE_GATHER_MAX_MS)
    await send(pool, WARM.perSecond, WARM.messages)
    await pool.reset()

    const perSecond = cell.size * cell.rooms * cell.rate
    const messages = Math.max(2, Math.round(perSecond * cell.seconds))
    const edgeBefore = await edgeCounters(system.edge!.port)
    const before = { ...pool.sum, ...processorOf(system) }
    const began = performance.now()
    const { rooms, late } = await send(pool, perSecond, messages)
    const seconds = (performance.now() - began) / 1_000
    const after = { ...pool.sum, ...processorOf(system) }
    const edgeAfter = await edgeCounters(system.edge!.port)

    const { wrong, example, delays } = await pool.check(rooms)
    const { refused, lost, why } = pool.sum
    const complete = !late && wrong === 0 && refused === 0 && lost === 0
    const reason = `${late ?? ''}${wrong} incorrect, ${refused} refused, ${lost} lost; ${why ?? example ?? ''}`
    return {
      complete,
      ...(!complete && { why: reason }),
      figures: {
        ...{
          messages,
          deliveries: pool.deliveriesOf(rooms),
          packets: after.packets,
          saidSeconds: messages / perSecond,
          seconds,
        },
        ...spent(before, after),
        ...(edgeBefore && edgeAfter && prefixed(between(edgeBefore, edgeAfter))),
        ...{ p50: delays.percentile(0.5), p95: delays.percentile(0.95), p99: delays.percentile(0.99) },
      },
    }
  } finally {
    await pool.stop()
  }
}

/** Sends messages and waits until all are delivered, with time limits. */
async function send(benchPool: BenchPool, perSecond: number, messages: number) {
  const before = benchPool.sum
  const rooms = await benchPool.talk(perSecond, messages, (messages / perSecond) * 1_000 + ARRIVE_WITHIN_MS)
  const expected = before.deliveries + benchPool.deliveriesOf(rooms)
  const all = ({ deliveries, answered, refused, lost }: BenchPool['sum']) =>
    refused > 0 || lost > 0 || (deliveries >= expected && answered >= before.answered + messages)
  const late = await benchPool.until(all, ARRIVE_WITHIN_MS, 'all deliveries').then(
    () => undefined,
    (error: Error) => {
      if (!(error instanceof TimeoutError)) throw error
      return `${error.message}; `
    },
  )
  return { rooms, late }
}

const prefixed = (counters: ReturnType<typeof between>) =>
  counters && {
    edgeReceived: counters.received,
    edgeSent: counters.sent,
    segmentsIn: counters.segmentsIn,
    segmentsOut: counters.segmentsOut,
  }
