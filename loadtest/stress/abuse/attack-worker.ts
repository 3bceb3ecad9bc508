import { setPriority } from 'node:os'
import type { Attacker } from './attacker.ts'
import { noCounts } from './attacker.ts'
import { attackerOf } from './attackers.ts'
import { CpuBudget } from './cpu-budget.ts'
import type { AttackCommand, AttackStats } from './messages.ts'
import { reasonOf } from './reason.ts'

const TICK_MS = 10
const STATS_EVERY_MS = 100
const LOWEST_PRIORITY = 19

let attackers: Attacker[] = []
let closed: Record<string, number> = {}
let budget = new CpuBudget(1)
let cpuAtStart = 0
let timer: NodeJS.Timeout | undefined

setPriority(LOWEST_PRIORITY)
process.on('message', (message: AttackCommand) => {
  if (message.command === 'start') start(message)
  else if (message.command === 'stop') stop()
  else process.disconnect?.()
})
process.on('disconnect', () => process.exit())
setInterval(report, STATS_EVERY_MS)

function start({ attackers: plans, target, cores }: AttackCommand & { command: 'start' }): void {
  stop()
  closed = {}
  budget = new CpuBudget(cores)
  cpuAtStart = cpuSeconds()
  const count = (why: string) => {
    const reason = reasonOf(why)
    closed[reason] = (closed[reason] ?? 0) + 1
  }
  attackers = plans.map((plan) => attackerOf(plan, target, count))
  timer = setInterval(tick, TICK_MS)
  report()
}

/** Keeps the counters until the next start. */
function stop(): void {
  clearInterval(timer)
  for (const attacker of attackers) attacker.close()
  report()
}

function tick(): void {
  const now = performance.now()
  for (const attacker of attackers) {
    // Checked between attackers, because opening a thousand connections takes longer than a tick.
    if (budget.exhausted) return
    attacker.tick(now)
  }
}

function report(): void {
  const stats: AttackStats = {
    ...noCounts(),
    attackers: attackers.length,
    connected: attackers.filter(({ connected }) => connected).length,
    closed,
    cpuSeconds: cpuSeconds() - cpuAtStart,
    throttledMs: budget.throttledMs,
  }
  for (const { counts } of attackers)
    for (const name of Object.keys(counts)) stats[name as 'offered'] += counts[name as 'offered']
  process.send?.(stats)
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
