import { Histogram } from '../measure/histogram.ts'
import { tenths, textOf } from '../measure/payload.ts'
import type { PoolCommand, Report, WorkerStats } from './messages.ts'
import { type UserContext, VirtualUser } from './virtual-user.ts'

const STATS_EVERY_MS = 200

const visitors: VirtualUser[] = []
const delays = new Histogram()
const stats: WorkerStats = { live: 0, nodes: {}, retries: {}, lost: 0, heard: 0, accepted: 0, refused: 0 }
let twice = 0
/** Users not yet connecting, the next one last. */
let waiting: VirtualUser[] = []

const sendReport = (report: Report) => process.send?.(report)

process.on('message', (poolCommand: PoolCommand) => {
  if (poolCommand.type === 'connect') connect(poolCommand)
  else if (poolCommand.type === 'send') send(poolCommand.room, poolCommand.number)
  else if (poolCommand.type === 'report') reportDeliveries()
  else stop()
})
process.on('disconnect', () => process.exit())
sendReport({ stats })

function connect({ transport, target, addresses, rooms, arriving }: PoolCommand & { type: 'connect' }): void {
  const context: UserContext = {
    transport,
    target,
    joined(user) {
      count(user.node, 1)
      waiting.pop()?.connect()
    },
    retries(why) {
      stats.retries[why] = (stats.retries[why] ?? 0) + 1
    },
    lost(user, why) {
      stats.lost++
      stats.why ??= why
      count(user.node, -1)
    },
    heard(sentAt, again) {
      stats.heard++
      if (again) twice++
      delays.add(tenths() - sentAt)
    },
    answered(ok) {
      if (ok) stats.accepted++
      else stats.refused++
    },
  }
  for (const [i, mine] of rooms.entries()) {
    visitors.push(new VirtualUser(`Visitor ${process.pid}-${i}`, mine, addresses[i % addresses.length]!, context))
  }
  waiting = visitors.toReversed()
  for (let i = 0; i < arriving; i++) waiting.pop()?.connect()
  setInterval(() => sendReport({ stats }), STATS_EVERY_MS)
}

function count(node: string, change: number): void {
  stats.live += change
  stats.nodes[node] = (stats.nodes[node] ?? 0) + change
}

function send(room: string, number: number): void {
  const speakers = visitors.filter(({ live, rooms }) => live && rooms.includes(room))
  speakers[number % speakers.length]?.send(room, textOf(tenths(), number), number)
}

function reportDeliveries(): void {
  sendReport({ deliveryReport: { heard: stats.heard, twice, delays: delays.packed() } })
  delays.clear()
  stats.heard = stats.accepted = stats.refused = twice = 0
}

function stop(): void {
  for (const user of visitors) user.stop()
  process.disconnect?.()
}
