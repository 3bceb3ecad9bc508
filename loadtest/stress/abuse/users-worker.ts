import type { Target } from '../../clients/transport.ts'
import { Histogram } from '../../measure/histogram.ts'
import { Random } from '../../measure/random.ts'
import { BEHIND_AFTER_MS, type UsersCommand, type UsersReport, type UsersStats } from './messages.ts'
import { admitNewcomer } from './newcomer.ts'
import { increment, type Measured, VirtualUser } from './virtual-user.ts'

const STATS_EVERY_MS = 100
const ARRIVE_EVERY_MS = 10
const NEWCOMER_EVERY_MS = 1_000
/** Longer than the delay of a list after a join: presence is batched for up to 1.5 s. */
const PRESENT_AFTER_MS = 5_000
const CHECKED = /^(department-|lobby$)/

let users: VirtualUser[] = []
let target: Target
let perSecond = 0
let random = new Random(0)
let measured = fresh()
let newcomers = noNewcomers()
let newcomerNumber = 0
let arriving = 0
const snapshots: { at: number; seqs: Map<string, number> }[] = []
let sending: NodeJS.Timeout | undefined
let admitting: NodeJS.Timeout | undefined

process.on('message', (message: UsersCommand) => {
  if (message.command === 'start') start(message)
  else if (message.command === 'talk') talk()
  else if (message.command === 'quiet') quiet()
  else if (message.command === 'report') process.send?.(report())
  else {
    for (const user of users) user.close()
    process.disconnect?.()
  }
})
process.on('disconnect', () => process.exit())

function start(plan: UsersCommand & { command: 'start' }): void {
  target = plan.target
  perSecond = plan.perSecond
  random = new Random(plan.users[0]?.seed ?? 0)
  users = plan.users.map((user) => new VirtualUser(user, target, () => measured))
  for (const [i, user] of users.entries()) setTimeout(() => user.connect(), i * ARRIVE_EVERY_MS)
  setInterval(() => process.send?.(stats()), STATS_EVERY_MS)
}

function talk(): void {
  quiet()
  measured = fresh()
  newcomers = noNewcomers()
  sendNext(performance.now())
  admitting = setInterval(admit, NEWCOMER_EVERY_MS)
}

/** A Poisson process on one clock: a late timer catches up. */
function sendNext(due: number): void {
  let next = due
  for (const now = performance.now(); next <= now; next += random.waitMs(perSecond)) random.pick(users)?.send()
  sending = setTimeout(() => sendNext(next), Math.max(0, next - performance.now()))
}

function quiet(): void {
  clearTimeout(sending)
  clearInterval(admitting)
}

function admit(): void {
  const into = newcomers
  arriving++
  void admitNewcomer(newcomerNumber++, target).then((result) => {
    arriving--
    if (typeof result === 'number') into.admitted.push(result)
    else increment(into.refused, result)
  })
}

function stats(): UsersStats {
  const { sent, delivered } = measured
  const ready = users.filter((user) => user.ready).length
  return { stats: { ready, pending: pending(), behind: behind(), arriving, sent, delivered, present: present() } }
}

function report(): UsersReport {
  const { acks, deliveries, ...counts } = measured
  return {
    report: {
      ...counts,
      ...{ acks: acks.packed(), deliveries: deliveries.packed() },
      ...{ unanswered: pending(), behind: behind(), newcomers },
    },
  }
}

const pending = () => users.reduce((sum, user) => sum + user.pending, 0)

/** Highest seq received by any user, by room. */
function newest(): Map<string, number> {
  const seqs = new Map<string, number>()
  for (const user of users) for (const [room, seq] of user.seqs) seqs.set(room, Math.max(seq, seqs.get(room) ?? 0))
  return seqs
}

/**
 * Compares with a snapshot of BEHIND_AFTER_MS ago: in a busy room, some user always lacks an entry that just reached
 * another one.
 */
function behind(): number {
  const now = performance.now()
  snapshots.push({ at: now, seqs: newest() })
  while (snapshots[1] && snapshots[1].at <= now - BEHIND_AFTER_MS) snapshots.shift()
  const { seqs: wanted } = snapshots[0]!
  let count = 0
  for (const { seqs, joinedAt } of users) {
    for (const room of joinedAt.keys()) if ((seqs.get(room) ?? 0) < (wanted.get(room) ?? 0)) count++
  }
  return count
}

function present(): Record<string, string[]> {
  const before = performance.now() - PRESENT_AFTER_MS
  const lists: Record<string, string[]> = {}
  for (const { id, joinedAt } of users) {
    for (const [room, at] of joinedAt) {
      if (at > before || !CHECKED.test(room)) continue
      lists[room] ??= []
      lists[room].push(id)
    }
  }
  return lists
}

function fresh(): Measured {
  const counts = { sent: 0, acknowledged: 0, delivered: 0, faults: {}, disconnects: {}, outOfOrder: 0, stale: 0 }
  return { acks: new Histogram(), deliveries: new Histogram(), ...counts }
}

function noNewcomers(): UsersReport['report']['newcomers'] {
  return { admitted: [], refused: {} }
}
