import { Histogram } from '../measure/histogram.ts'
import { Looper } from './looper.ts'
import type { ConnectPlan, PoolCommand, Report, Talking, WorkerStats } from './messages.ts'
import { Schedule } from './schedule.ts'
import { Stranger } from './stranger.ts'

const STATS_EVERY_MS = 250
const TALK_EVERY_MS = 5

const delays = new Histogram()
const ended: Record<string, number> = {}
let strangers: Stranger[] = []
let loopers: Looper[] = []
let schedule: Schedule | undefined
let stopping = false

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.type === 'connect') connect(poolCommand.what)
  else if (poolCommand.type === 'talk') talk(poolCommand.what)
  else if (poolCommand.type === 'report')
    sendReport({ reports: strangers.map((stranger) => stranger.report()), delays: delays.packed() })
  else stop()
})
process.on('disconnect', () => process.exit())

const sendReport = (report: Report) => process.send?.(report)

function connect({ kind, target, localAddress, numbers, bytes, perSecond }: ConnectPlan): void {
  const closed = (why: string) => {
    if (!stopping) ended[why] = (ended[why] ?? 0) + 1
  }
  if (kind === 'loop') loopers = numbers.map(() => new Looper({ target, localAddress, closed }))
  else strangers = numbers.map((number) => new Stranger({ number, target, localAddress, bytes, delays, closed }))
  const all = kind === 'loop' ? loopers : strangers
  for (const [i, client] of all.entries()) setTimeout(() => client.connect(), (i / perSecond) * 1_000)
  setInterval(stats, STATS_EVERY_MS)
}

function talk(plan: Talking): void {
  for (const looper of loopers) looper.talk()
  if (strangers.length === 0) return
  schedule = new Schedule(strangers, plan)
  const talking = setInterval(() => {
    schedule!.turn(performance.now())
    if (schedule!.done) clearInterval(talking)
  }, TALK_EVERY_MS)
}

function stats(): void {
  const all = strangers.length > 0 ? strangers : loopers
  const sum = (what: 'sent' | 'received' | 'wrong') => all.reduce((total, client) => total + client[what], 0)
  const live = strangers.filter(({ paired }) => paired).length + loopers.filter(({ open }) => open).length
  const [sent, received, wrong] = [sum('sent'), sum('received'), sum('wrong')]
  const { offered = sent, heldBack = 0, done: talked = false } = schedule ?? {}
  const putOff = strangers.reduce((total, stranger) => total + stranger.putOff, 0)
  const rssBytes = process.memoryUsage.rss()
  sendReport({
    stats: { live, putOff, offered, sent, heldBack, received, wrong, ended, talked, rssBytes } satisfies WorkerStats,
  })
}

function stop(): void {
  stopping = true
  for (const client of [...strangers, ...loopers]) client.stop()
  process.disconnect?.()
}
