import { MeasuredClient } from '../clients/measured-client.ts'
import { dialectOf } from '../clients/packet-codec.ts'
import type { Traffic } from '../clients/transport.ts'
import { Histogram } from '../measure/histogram.ts'
import { tenths, textOf } from '../measure/payload.ts'
import { Random } from '../measure/random.ts'
import type { PoolCommand, Report, Said } from './messages.ts'
import { moments } from './pacing.ts'
import { SharedStream } from './stream.ts'

const ACCOUNT_EVERY_MS = 100
const TALK_EVERY_MS = 1

const measuredClients: MeasuredClient[] = []
const delays = new Histogram()
let streams = new Map<string, SharedStream>()
const traffic: Traffic = { sent: 0, received: 0, polls: 0, posts: 0, upgrades: 0 }
let talking: NodeJS.Timeout | undefined
let talked = true
let why: string | undefined

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.order === 'come') come(poolCommand)
  else if (poolCommand.order === 'afresh') afresh()
  else if (poolCommand.order === 'talk') talk(poolCommand)
  else if (poolCommand.order === 'check') check(poolCommand.rooms)
  else leave()
})
process.on('disconnect', () => process.exit())

const tell = (report: Report) => process.send?.(report)

function come({ contestant, transport, members, perSecond, ...order }: PoolCommand & { order: 'come' }): void {
  const { targets, localAddress, browser } = order
  const dialect = dialectOf(contestant)
  for (const [i, plan] of members.entries()) {
    const stream = { read: (...args: Parameters<SharedStream['read']>) => streamOf(plan).read(...args) } as SharedStream
    const line = { ...targets[plan.node]!, localAddress, browser, traffic }
    const trouble = (reason: string) => {
      why ??= reason.slice(0, 200)
    }
    const client = new MeasuredClient({ plan, dialect, transport, line, stream, delays, trouble })
    measuredClients.push(client)
    setTimeout(() => client.come(), (i / perSecond) * 1_000)
  }
  setInterval(account, ACCOUNT_EVERY_MS)
}

/** All members of a room on one node receive the same packets. */
function streamOf({ room, node }: MeasuredClient['plan']): SharedStream {
  const key = `${room} ${node}`
  const stream = streams.get(key) ?? new SharedStream()
  streams.set(key, stream)
  return stream
}

function afresh(): void {
  delays.clear()
  streams = new Map()
  for (const client of measuredClients) client.afresh()
  why = undefined
}

function talk({ perSecond, messages, first, step }: PoolCommand & { order: 'talk' }): void {
  // The same seed for each system, since its messages have the same numbers.
  const random = new Random(first)
  const times = moments(messages, perSecond, random)
  const rooms = byRoom(measuredClients.filter(({ plan }) => plan.speaks))
  const said: Record<string, Said> = {}
  const began = performance.now()
  let k = 0
  talked = false
  talking = setInterval(() => {
    for (const now = performance.now() - began; times[k]! <= now; k++) {
      const speaker = random.pick(random.pick(rooms)!)!
      const number = first + k * step
      speaker.say(textOf(tenths(), number), number)
      const { messages: before, sum } = said[speaker.plan.room] ?? { messages: 0, sum: 0 }
      said[speaker.plan.room] = { messages: before + 1, sum: sum + number }
    }
    if (k < messages) return
    clearInterval(talking)
    tell({ said })
    talked = true
  }, TALK_EVERY_MS)
}

function byRoom(all: MeasuredClient[]): MeasuredClient[][] {
  const rooms = new Map<string, MeasuredClient[]>()
  for (const client of all) rooms.set(client.plan.room, [...(rooms.get(client.plan.room) ?? []), client])
  return [...rooms.values()]
}

function account(): void {
  const sum = (what: 'heard' | 'packets' | 'answered' | 'refused' | 'lost') =>
    measuredClients.reduce((total, measuredClient) => total + measuredClient[what], 0)
  const live = measuredClients.reduce((total, client) => total + Number(client.live), 0)
  const { user, system } = process.cpuUsage()
  const [heard, answered, refused, lost] = [sum('heard'), sum('answered'), sum('refused'), sum('lost')]
  const cpu = (user + system) / 1e6
  tell({ account: { live, lost, heard, packets: sum('packets'), answered, refused, talked, cpu, why, ...traffic } })
}

/** Counts the clients that did not receive each message of their room exactly once. */
function check(rooms: Record<string, Said>): void {
  const none = { messages: 0, sum: 0 }
  const wrong = measuredClients.filter(({ plan, heard, sum }) => {
    const { messages, sum: expected } = rooms[plan.room] ?? none
    return heard !== messages || sum !== expected
  })
  const [first] = wrong
  const example = first && `${first.plan.name} heard ${first.heard} of ${rooms[first.plan.room]?.messages ?? 0}`
  tell({ checked: { wrong: wrong.length, example, delays: delays.packed() } })
}

function leave(): void {
  clearInterval(talking)
  for (const client of measuredClients) client.leave()
  process.disconnect?.()
}
