import { Member } from '../clients/member.ts'
import { Latencies } from '../measure/latencies.ts'

/** Configuration that the parent sends to a worker. */
export interface WorkerConfig {
  url: string
  localAddress?: string
  /** Connections opened per second. */
  perSecond: number
  names: string[]
  /** Room of each client. */
  rooms: string[]
  /** Indices of the clients that send one message every `everyMs` milliseconds. */
  speakers: number[]
  everyMs: number
}

/** Periodic report of a worker. */
export interface WorkerStats {
  live: number
  /** Live clients by node. */
  nodes: Record<string, number>
  losses: number
  accepted: number
  refused: number
  /** Entries received, and the send-to-delivery histogram (ms) of clients that never lost a connection. */
  deliveries: number
  latencies: number[]
}

const STATS_EVERY_MS = 250

let members: Member[] = []
let speaking: NodeJS.Timeout | undefined
let deliveries = 0
let accepted = 0
let refused = 0
let latencies = new Latencies()

process.on('message', (message: WorkerConfig | 'reset' | 'stop') => {
  if (message === 'reset') latencies = new Latencies()
  else if (message === 'stop') stop()
  else void connect(message)
})
process.on('disconnect', () => process.exit())

async function connect({ url, localAddress, perSecond, names, rooms, speakers, everyMs }: WorkerConfig): Promise<void> {
  members = names.map((name, i) => {
    const member: Member = new Member({
      url,
      localAddress,
      name,
      room: rooms[i]!,
      entries: ({ entries }) => {
        const now = Date.now()
        for (const { text } of entries) {
          deliveries++
          if (member.losses === 0 && text !== undefined) latencies.add(now - Number.parseInt(text, 10))
        }
      },
    })
    return member
  })
  for (const [i, member] of members.entries()) {
    setTimeout(() => member.connect(), (i / perSecond) * 1_000)
  }
  speaking = setInterval(speakInTurn(speakers, everyMs), 1)
  setInterval(stats, STATS_EVERY_MS)
}

/**
 * Sends in turn, evenly over `everyMs`, scheduled by the clock: timers of equal length that become due in one delayed
 * tick would restart together and all fire at once from then on.
 */
function speakInTurn(speakers: number[], everyMs: number): () => void {
  const began = performance.now()
  let turns = 0
  return () => {
    const due = ((performance.now() - began) / everyMs) * speakers.length
    while (turns < due) void speak(members[speakers[turns++ % speakers.length]!]!)
  }
}

let said = 0
async function speak(member: Member): Promise<void> {
  const answer = await member.send(`${Date.now()}`, `${process.pid}-${said++}`)
  if (answer?.ok) accepted++
  else if (answer) refused++
}

function stats(): void {
  const nodes: Record<string, number> = {}
  for (const { live, node } of members) if (live) nodes[node] = (nodes[node] ?? 0) + 1
  const live = Object.values(nodes).reduce((sum, count) => sum + count, 0)
  const losses = members.reduce((sum, member) => sum + member.losses, 0)
  process.send?.({
    live,
    nodes,
    losses,
    accepted,
    refused,
    deliveries,
    latencies: latencies.counts,
  } satisfies WorkerStats)
}

function stop(): void {
  clearInterval(speaking)
  for (const member of members) member.stop()
  process.disconnect?.()
}
