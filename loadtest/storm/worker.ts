import { Member } from '../clients/member.ts'
import { Latencies } from '../measure/latencies.ts'

/** What the parent tells a worker to be. */
export interface Orders {
  url: string
  localAddress?: string
  /** Members come so many a second. */
  perSecond: number
  names: string[]
  /** The room of each. */
  rooms: string[]
  /** Those of `names` who speak, one message every so many milliseconds each. */
  speakers: number[]
  everyMs: number
}

/** What a worker says of itself, every so often. */
export interface Account {
  live: number
  /** Live members by node. */
  nodes: Record<string, number>
  losses: number
  accepted: number
  refused: number
  /** Entries heard; counts of send-to-delivery, by milliseconds, of members who never lost a connection. */
  heard: number
  latencies: number[]
}

const ACCOUNT_EVERY_MS = 250

let members: Member[] = []
let speaking: NodeJS.Timeout | undefined
let heard = 0
let accepted = 0
let refused = 0
let latencies = new Latencies()

process.on('message', (message: Orders | 'afresh' | 'leave') => {
  if (message === 'afresh') latencies = new Latencies()
  else if (message === 'leave') leave()
  else void come(message)
})
process.on('disconnect', () => process.exit())

async function come({ url, localAddress, perSecond, names, rooms, speakers, everyMs }: Orders): Promise<void> {
  members = names.map((name, i) => {
    const member: Member = new Member({
      url,
      localAddress,
      name,
      room: rooms[i]!,
      entries: ({ entries }) => {
        const now = Date.now()
        for (const { text } of entries) {
          heard++
          if (member.losses === 0 && text !== undefined) latencies.add(now - Number.parseInt(text, 10))
        }
      },
    })
    return member
  })
  for (const [i, member] of members.entries()) {
    setTimeout(() => member.come(), (i / perSecond) * 1_000)
  }
  speaking = setInterval(speakInTurn(speakers, everyMs), 1)
  setInterval(account, ACCOUNT_EVERY_MS)
}

/**
 * Everybody in their turn, evenly over `everyMs`. By the clock: timers of the same length that fall due in one late
 * moment begin anew together, and from then on all would speak at once.
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
  const answer = await member.say(`${Date.now()}`, `${process.pid}-${said++}`)
  if (answer?.ok) accepted++
  else if (answer) refused++
}

function account(): void {
  const nodes: Record<string, number> = {}
  for (const { live, node } of members) if (live) nodes[node] = (nodes[node] ?? 0) + 1
  const live = Object.values(nodes).reduce((sum, count) => sum + count, 0)
  const losses = members.reduce((sum, member) => sum + member.losses, 0)
  process.send?.({ live, nodes, losses, accepted, refused, heard, latencies: latencies.counts } satisfies Account)
}

function leave(): void {
  clearInterval(speaking)
  for (const member of members) member.leave()
  process.disconnect?.()
}
