import { Histogram } from '../measure/histogram.ts'
import { Looper } from './looper.ts'
import type { Account, Coming, PoolCommand, Report, Talking } from './messages.ts'
import { Schedule } from './schedule.ts'
import { Stranger } from './stranger.ts'

const ACCOUNT_EVERY_MS = 250
const TALK_EVERY_MS = 5

const delays = new Histogram()
const ended: Record<string, number> = {}
let strangers: Stranger[] = []
let loopers: Looper[] = []
let schedule: Schedule | undefined
let leaving = false

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.order === 'come') come(poolCommand.what)
  else if (poolCommand.order === 'talk') talk(poolCommand.what)
  else if (poolCommand.order === 'tell')
    tell({ told: strangers.map((stranger) => stranger.told()), delays: delays.packed() })
  else leave()
})
process.on('disconnect', () => process.exit())

const tell = (report: Report) => process.send?.(report)

function come({ kind, target, localAddress, numbers, bytes, perSecond }: Coming): void {
  const gone = (why: string) => {
    if (!leaving) ended[why] = (ended[why] ?? 0) + 1
  }
  if (kind === 'loop') loopers = numbers.map(() => new Looper({ target, localAddress, gone }))
  else strangers = numbers.map((number) => new Stranger({ number, target, localAddress, bytes, delays, gone }))
  const all = kind === 'loop' ? loopers : strangers
  for (const [i, client] of all.entries()) setTimeout(() => client.come(), (i / perSecond) * 1_000)
  setInterval(account, ACCOUNT_EVERY_MS)
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

function account(): void {
  const all = strangers.length > 0 ? strangers : loopers
  const sum = (what: 'sent' | 'received' | 'wrong') => all.reduce((total, client) => total + client[what], 0)
  const live = strangers.filter(({ paired }) => paired).length + loopers.filter(({ open }) => open).length
  const [sent, received, wrong] = [sum('sent'), sum('received'), sum('wrong')]
  const { offered = sent, heldBack = 0, done: talked = false } = schedule ?? {}
  const putOff = strangers.reduce((total, stranger) => total + stranger.putOff, 0)
  const rssBytes = process.memoryUsage.rss()
  tell({
    account: { live, putOff, offered, sent, heldBack, received, wrong, ended, talked, rssBytes } satisfies Account,
  })
}

function leave(): void {
  leaving = true
  for (const client of [...strangers, ...loopers]) client.leave()
  process.disconnect?.()
}
