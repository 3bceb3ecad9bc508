import { Histogram } from '../measure/histogram.ts'
import { tenths, textOf } from '../measure/payload.ts'
import type { Account, PoolCommand, Report } from './messages.ts'
import { type Door, VirtualUser } from './virtual-user.ts'

const ACCOUNT_EVERY_MS = 200

const visitors: VirtualUser[] = []
const delays = new Histogram()
const account: Account = { live: 0, nodes: {}, retries: {}, lost: 0, heard: 0, accepted: 0, refused: 0 }
let twice = 0
/** Users not yet connecting, the next one last. */
let waiting: VirtualUser[] = []

const tell = (report: Report) => process.send?.(report)

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.order === 'come') come(poolCommand)
  else if (poolCommand.order === 'say') say(poolCommand.room, poolCommand.number)
  else if (poolCommand.order === 'tell') tellHeard()
  else leave()
})
process.on('disconnect', () => process.exit())
tell({ account })

function come({ transport, target, addresses, rooms, arriving }: PoolCommand & { order: 'come' }): void {
  const door: Door = {
    transport,
    target,
    arrived(visitor) {
      count(visitor.node, 1)
      waiting.pop()?.come()
    },
    retries(why) {
      account.retries[why] = (account.retries[why] ?? 0) + 1
    },
    lost(visitor, why) {
      account.lost++
      account.why ??= why
      count(visitor.node, -1)
    },
    heard(saidAt, again) {
      account.heard++
      if (again) twice++
      delays.add(tenths() - saidAt)
    },
    answered(ok) {
      if (ok) account.accepted++
      else account.refused++
    },
  }
  for (const [i, mine] of rooms.entries()) {
    visitors.push(new VirtualUser(`Visitor ${process.pid}-${i}`, mine, addresses[i % addresses.length]!, door))
  }
  waiting = visitors.toReversed()
  for (let i = 0; i < arriving; i++) waiting.pop()?.come()
  setInterval(() => tell({ account }), ACCOUNT_EVERY_MS)
}

function count(node: string, change: number): void {
  account.live += change
  account.nodes[node] = (account.nodes[node] ?? 0) + change
}

function say(room: string, number: number): void {
  const speakers = visitors.filter(({ live, rooms }) => live && rooms.includes(room))
  speakers[number % speakers.length]?.say(room, textOf(tenths(), number), number)
}

function tellHeard(): void {
  tell({ told: { heard: account.heard, twice, delays: delays.packed() } })
  delays.clear()
  account.heard = account.accepted = account.refused = twice = 0
}

function leave(): void {
  for (const visitor of visitors) visitor.leave()
  process.disconnect?.()
}
