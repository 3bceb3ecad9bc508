import { MeasuredClient } from '../clients/measured-client.ts'
import { dialectOf } from '../clients/packet-codec.ts'
import type { Traffic } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import { tenths, textOf } from '../measure/payload.ts'
import { Random } from '../measure/random.ts'
import type { PoolCommand, Report, SentMessages } from './messages.ts'
import { moments } from './pacing.ts'
import { SharedStream } from './stream.ts'

const STATS_EVERY_MS = 100
const TALK_EVERY_MS = 1

const measuredClients: MeasuredClient[] = []
const delays = new Histogram()
let streams = new Map<string, SharedStream>()
const traffic: Traffic = { sent: 0, received: 0, polls: 0, posts: 0, upgrades: 0 }
let talking: NodeJS.Timeout | undefined
let talked = true
let why: string | undefined

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.type === 'connect') connect(poolCommand)
  else if (poolCommand.type === 'reset') reset()
  else if (poolCommand.type === 'talk') talk(poolCommand)
  else if (poolCommand.type === 'check') check(poolCommand.rooms)
  else stop()
})
process.on('disconnect', () => process.exit())

const sendReport = (report: Report) => process.send?.(report)

function connect({ contestant, transport, members, perSecond, ...order }: PoolCommand & { type: 'connect' }): void {
  const { targets, localAddress, browser } = order
  const dialect = dialectOf(contestant)
  for (const [i, plan] of members.entries()) {
    const stream = { read: (...args: Parameters<SharedStream['read']>) => streamOf(plan).read(...args) } as SharedStream
    const endpoint = { ...targets[plan.node]!, localAddress, browser, traffic }
    const failed = (reason: string) => {
      why ??= reason.slice(0, 200)
    }
    const client = new MeasuredClient({ plan, dialect, transport, endpoint, stream, delays, failed })
    measuredClients.push(client)
    setTimeout(() => client.connect(), (i / perSecond) * 1_000)
  }
  setInterval(stats, STATS_EVERY_MS)
}

/** All members of a room on one node receive the same packets. */
function streamOf({ room, node }: MeasuredClient['plan']): SharedStream {
  const key = `${room} ${node}`
  const stream = streams.get(key) ?? new SharedStream()
  streams.set(key, stream)
  return stream
}

function reset(): void {
  delays.clear()
  streams = new Map()
  for (const client of measuredClients) client.reset()
  why = undefined
}

function talk({ perSecond, messages, first, step }: PoolCommand & { type: 'talk' }): void {
  // The same seed for each system, since its messages have the same numbers.
  const random = new Random(first)
  const times = moments(messages, perSecond, random)
  const rooms = byRoom(measuredClients.filter(({ plan }) => plan.speaks))
  const sent: Record<string, SentMessages> = {}
  const began = performance.now()
  let k = 0
  talked = false
  talking = setInterval(() => {
    for (const now = performance.now() - began; times[k]! <= now; k++) {
      const speaker = random.pick(random.pick(rooms)!)!
      const number = first + k * step
      speaker.send(textOf(tenths(), number), number)
      const { messages: before, sum } = sent[speaker.plan.room] ?? { messages: 0, sum: 0 }
      sent[speaker.plan.room] = { messages: before + 1, sum: sum + number }
    }
    if (k < messages) return
    clearInterval(talking)
    sendReport({ sent })
    talked = true
  }, TALK_EVERY_MS)
}

function byRoom(all: MeasuredClient[]): MeasuredClient[][] {
  const rooms = new Map<string, MeasuredClient[]>()
  for (const client of all) rooms.set(client.plan.room, [...(rooms.get(client.plan.room) ?? []), client])
  return [...rooms.values()]
}

function stats(): void {
  const sum = (what: 'deliveries' | 'packets' | 'answered' | 'refused' | 'lost') =>
    measuredClients.reduce((total, measuredClient) => total + measuredClient[what], 0)
  const live = measuredClients.reduce((total, client) => total + Number(client.live), 0)
  const { user, system } = process.cpuUsage()
  const [deliveries, answered, refused, lost] = [sum('deliveries'), sum('answered'), sum('refused'), sum('lost')]
  const cpu = (user + system) / 1e6
  sendReport({
    stats: { live, lost, deliveries, packets: sum('packets'), answered, refused, talked, cpu, why, ...traffic },
  })
}

/** Counts the clients that did not receive each message of their room exactly once. */
function check(rooms: Record<string, SentMessages>): void {
  const none = { messages: 0, sum: 0 }
  const wrong = measuredClients.filter(({ plan, deliveries, sum }) => {
    const { messages, sum: expected } = rooms[plan.room] ?? none
    return deliveries !== messages || sum !== expected
  })
  const [first] = wrong
  const example = first && `${first.plan.name} heard ${first.deliveries} of ${rooms[first.plan.room]?.messages ?? 0}`
  sendReport({ checked: { wrong: wrong.length, example, delays: delays.packed() } })
}

function stop(): void {
  clearInterval(talking)
  for (const client of measuredClients) client.stop()
  process.disconnect?.()
}
