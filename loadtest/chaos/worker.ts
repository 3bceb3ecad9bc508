/** Worker process with some of the clients; started and controlled by pool.ts. */
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../measure/random.ts'
import type { Figures, FromCrowd, PoolCommand, ToCrowd, UsersPlan } from './messages.ts'
import { Recorder } from './recorder.ts'
import { tapEverybody } from './recording-client.ts'
import { VirtualUser } from './virtual-user.ts'

const FIGURES_EVERY_MS = 500
/** Between stalling and cutting the network, so that a message may leave while its response does not arrive. */
const LAST_WORD_MS = 400
const ASK_AGAIN_MS = 500
/** Close to the longest allowed text, with the most bytes per character. */
const LONG = '😀'.repeat(3_900)

let recorder: Recorder | undefined
let random = new Random(0)
const virtualUsers = new Map<string, VirtualUser>()
const talking = new Map<VirtualUser, NodeJS.Timeout>()
const everybody = () => [...virtualUsers.values()]
const these = (whos: string[]) => whos.flatMap((who) => virtualUsers.get(who) ?? [])

async function arrive({ file, seed, people, ...where }: UsersPlan): Promise<void> {
  const written = new Recorder(file)
  recorder = written
  random = new Random(seed)
  tapEverybody()
  for (const userPlan of people) {
    const own = new Random(random.below(2 ** 32))
    virtualUsers.set(userPlan.who, new VirtualUser({ ...userPlan, ...where, random: own, recorder: written }))
  }
  await Promise.all(everybody().map((virtualUser) => virtualUser.arrive()))
  setInterval(() => send({ figures: figures() }), FIGURES_EVERY_MS)
}

function talk(perSecond: number): void {
  for (const timer of talking.values()) clearTimeout(timer)
  talking.clear()
  if (perSecond === 0) return
  for (const talker of everybody()) {
    const next = () => {
      talker.act()
      talking.set(talker, setTimeout(next, random.waitMs(perSecond)))
    }
    talking.set(talker, setTimeout(next, random.waitMs(perSecond)))
  }
}

async function stall(talker: VirtualUser, forMs: number): Promise<void> {
  recorder?.note(talker.who, { what: 'suffers', from: 'a stall' })
  talker.line.stall()
  await delay(forMs)
  talker.line.resume()
  recorder?.note(talker.who, { what: 'recovers' })
}

async function vanish(talker: VirtualUser, forMs: number, speaking: boolean): Promise<void> {
  recorder?.note(talker.who, { what: 'suffers', from: 'being away' })
  talker.line.deny()
  talker.line.stall()
  if (speaking) for (const room of talker.rooms) talker.speak(room)
  await delay(LAST_WORD_MS)
  talker.line.cut()
  await delay(forMs)
  talker.line.allow()
  recorder?.note(talker.who, { what: 'recovers' })
}

async function pour(talker: VirtualUser, room: string, forMs: number): Promise<void> {
  const end = Date.now() + forMs
  while (Date.now() < end) {
    if (talker.client.waiting > 20) await delay(20)
    else talker.speak(room, LONG)
  }
}

async function drain(withinMs: number): Promise<void> {
  await everybodyIs('drained', withinMs)
}

async function settle(withinMs: number): Promise<void> {
  for (const talker of await everybodyIs('settled', withinMs)) talker.giveUp()
}

/** Resolves with the clients that did not meet the condition in time. */
async function everybodyIs(condition: 'drained' | 'settled', withinMs: number): Promise<VirtualUser[]> {
  const end = Date.now() + withinMs
  let rest = everybody()
  while (rest.length > 0 && Date.now() < end) {
    const met = await Promise.all(rest.map((talker) => talker[condition]()))
    rest = rest.filter((_, i) => !met[i])
    if (rest.length > 0) await delay(ASK_AGAIN_MS)
  }
  return rest
}

function end(): void {
  talk(0)
  for (const { client } of everybody()) client.close()
  recorder?.close()
  // Pending work, such as open polls, is irrelevant.
  setImmediate(() => process.exit(0))
}

async function carryOut(poolCommand: PoolCommand): Promise<unknown> {
  switch (poolCommand.order) {
    case 'arrive':
      return arrive(poolCommand.crowd)
    case 'talk':
      return talk(poolCommand.perSecond)
    case 'check members':
      return Promise.all(everybody().map((talker) => talker.checkMembers()))
    case 'cut':
      for (const { line } of these(poolCommand.whos)) line.cut()
      return
    case 'stall':
      return Promise.all(these(poolCommand.whos).map((talker) => stall(talker, poolCommand.forMs)))
    case 'vanish':
      return Promise.all(
        these(poolCommand.whos).map((talker) => vanish(talker, poolCommand.forMs, poolCommand.speaking)),
      )
    case 'pour':
      return Promise.all(these([poolCommand.who]).map((talker) => pour(talker, poolCommand.room, poolCommand.forMs)))
    case 'drain':
      return drain(poolCommand.withinMs)
    case 'settle':
      return settle(poolCommand.withinMs)
    case 'try connections':
      return Promise.all(these(poolCommand.whos).map((talker) => talker.tryConnections(poolCommand.count)))
    case 'leave':
      for (const { client } of everybody()) client.close()
      return
    case 'end':
      return end()
  }
}

function figures(): Figures {
  const sum = (of: (talker: VirtualUser) => number) => everybody().reduce((total, talker) => total + of(talker), 0)
  const nodes: Figures['nodes'] = {}
  for (const { who, client } of everybody()) {
    const { node } = client.state
    if (node !== undefined) nodes[node] = [...(nodes[node] ?? []), who]
  }
  return {
    people: virtualUsers.size,
    live: sum(({ client }) => (client.state.state === 'live' ? 1 : 0)),
    waiting: sum(({ client }) => client.waiting),
    said: sum(({ count }) => count.said),
    messages: sum(({ count }) => count.messages),
    acknowledged: sum(({ count }) => count.acknowledged),
    handed: sum(({ count }) => count.handed),
    nodes,
  }
}

function send(word: FromCrowd): void {
  if (process.connected) process.send?.(word)
}

process.on('message', (word: ToCrowd) => {
  const failed = (error: unknown) =>
    send({ done: word.id, failed: error instanceof Error ? error.stack : String(error) })
  carryOut(word).then(() => send({ done: word.id }), failed)
})
// Ctrl-C reaches the whole process group; the main program stops its workers, and they exit when it is gone.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
