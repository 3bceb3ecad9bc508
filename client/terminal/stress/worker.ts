import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { StressClient } from './stress-client.ts'
import type { Histograms, WorkerCommand, WorkerOptions, WorkerStats } from './worker-messages.ts'

const STATS_INTERVAL_MS = 200
/** Limit for concurrent connection attempts: nodes limit new guests per second and address, and reject the rest. */
const MAX_CONNECTING = 20
const MAX_LATENCY_US = 600_000_000

const options = workerData as WorkerOptions
const port = parentPort!
const histogram = () => createHistogram({ lowest: 1, highest: MAX_LATENCY_US, figures: 3 })
const histograms = { toAck: histogram(), toDelivery: histogram() } satisfies Histograms
const loop = monitorEventLoopDelay({ resolution: 10 })
loop.enable()
const stressClients = options.clients.map(
  (user) => new StressClient(options, user, histograms.toAck, histograms.toDelivery),
)

port.postMessage(histograms)
port.on('message', (command: WorkerCommand) => {
  if (command === 'stop') return stop()
  loop.reset()
  for (const client of stressClients) client.start(command.messages)
})
const statsTimer = setInterval(reportStats, STATS_INTERVAL_MS)
void connectAll()

async function connectAll(): Promise<void> {
  let connecting = 0
  for (const client of stressClients) {
    while (connecting >= MAX_CONNECTING) await pause(10)
    connecting++
    void client.connect().finally(() => connecting--)
  }
}

function reportStats(): void {
  const sum = (count: (stressClient: StressClient) => number) =>
    stressClients.reduce((total, client) => total + count(client), 0)
  const acknowledged: Record<string, number> = {}
  for (const { room, acknowledged: own } of stressClients) acknowledged[room] = (acknowledged[room] ?? 0) + own
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

function stop(): void {
  clearInterval(statsTimer)
  for (const client of stressClients) client.close()
  port.close()
}
