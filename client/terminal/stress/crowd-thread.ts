import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Histograms, WorkerCommand, WorkerOptions, WorkerStats } from './orders.ts'
import { StressClient } from './talker.ts'

const ACCOUNT_EVERY_MS = 200
/** A node takes so many new guests a second from one address; more on their way at once would only be sent back. */
const ON_THE_WAY_MOST = 20
const LONGEST_MICROSECONDS = 600_000_000

const orders = workerData as WorkerOptions
const port = parentPort!
const histogram = () => createHistogram({ lowest: 1, highest: LONGEST_MICROSECONDS, figures: 3 })
const clocks = { toAck: histogram(), toDelivery: histogram() } satisfies Histograms
const loop = monitorEventLoopDelay({ resolution: 10 })
loop.enable()
const stressClients = orders.clients.map((client) => new StressClient(orders, client, clocks.toAck, clocks.toDelivery))

port.postMessage(clocks)
port.on('message', (word: WorkerCommand) => {
  if (word === 'leave') return leave()
  loop.reset()
  for (const talker of stressClients) talker.start(word.messages)
})
const accounts = setInterval(account, ACCOUNT_EVERY_MS)
void arrive()

async function arrive(): Promise<void> {
  let onTheWay = 0
  for (const talker of stressClients) {
    while (onTheWay >= ON_THE_WAY_MOST) await pause(10)
    onTheWay++
    void talker.connect().finally(() => onTheWay--)
  }
}

function account(): void {
  const sum = (count: (stressClient: StressClient) => number) =>
    stressClients.reduce((total, talker) => total + count(talker), 0)
  const acknowledged: Record<string, number> = {}
  for (const { room, acknowledged: mine } of stressClients) acknowledged[room] = (acknowledged[room] ?? 0) + mine
  port.postMessage({
    live: sum(({ live }) => Number(live)),
    sent: sum(({ sent }) => sent),
    waiting: sum(({ chat }) => chat.waiting),
    refused: sum(({ refused }) => refused),
    reconnects: sum(({ reconnects }) => reconnects),
    acknowledged,
    delivered: stressClients.map(({ room, delivered }) => [room, delivered]),
    loopDelayMs: loop.percentile(99) / 1e6,
    fault: stressClients.find(({ fault }) => fault)?.fault,
  } satisfies WorkerStats)
}

function leave(): void {
  clearInterval(accounts)
  for (const talker of stressClients) talker.close()
  port.close()
}
