/** Worker process with some of the clients; started and controlled by pool.ts. */
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../measure/random.ts'
import type { FromWorker, PoolCommand, RunStats, ToWorker, UsersPlan } from './messages.ts'
import { Recorder } from './recorder.ts'
import { instrumentClients } from './recording-client.ts'
import { VirtualUser } from './virtual-user.ts'

const FIGURES_EVERY_MS = 500
/** Between stalling and cutting the network, so that a message may leave while its response does not arrive. */
const CUT_AFTER_MS = 400
const POLL_MS = 500
/** Close to the longest allowed text, with the most bytes per character. */
const LONG = '😀'.repeat(3_900)

let recorder: Recorder | undefined
let random = new Random(0)
const virtualUsers = new Map<string, VirtualUser>()
const timers = new Map<VirtualUser, NodeJS.Timeout>()
const allUsers = () => [...virtualUsers.values()]
const usersNamed = (whos: string[]) => whos.flatMap((who) => virtualUsers.get(who) ?? [])

async function connect({ file, seed, users, ...where }: UsersPlan): Promise<void> {
  const written = new Recorder(file)
  recorder = written
  random = new Random(seed)
  instrumentClients()
  for (const userPlan of users) {
    const own = new Random(random.below(2 ** 32))
    virtualUsers.set(userPlan.who, new VirtualUser({ ...userPlan, ...where, random: own, recorder: written }))
  }
  await Promise.all(allUsers().map((virtualUser) => virtualUser.connect()))
  setInterval(() => send({ figures: figures() }), FIGURES_EVERY_MS)
}

function setRate(perSecond: number): void {
  for (const timer of timers.values()) clearTimeout(timer)
  timers.clear()
  if (perSecond === 0) return
  for (const user of allUsers()) {
    const next = () => {
      user.act()
      timers.set(user, setTimeout(next, random.waitMs(perSecond)))
    }
    timers.set(user, setTimeout(next, random.waitMs(perSecond)))
  }
}

async function stall(user: VirtualUser, forMs: number): Promise<void> {
  recorder?.note(user.who, { what: 'impaired', from: 'stall' })
  user.network.stall()
  await delay(forMs)
  user.network.resume()
  recorder?.note(user.who, { what: 'recovered' })
}

async function vanish(user: VirtualUser, forMs: number, speaking: boolean): Promise<void> {
  recorder?.note(user.who, { what: 'impaired', from: 'absence' })
  user.network.deny()
  user.network.stall()
  if (speaking) for (const room of user.rooms) user.sendMessage(room)
  await delay(CUT_AFTER_MS)
  user.network.cut()
  await delay(forMs)
  user.network.allow()
  recorder?.note(user.who, { what: 'recovered' })
}

async function flood(user: VirtualUser, room: string, forMs: number): Promise<void> {
  const end = Date.now() + forMs
  while (Date.now() < end) {
    if (user.client.waiting > 20) await delay(20)
    else user.sendMessage(room, LONG)
  }
}

async function drain(withinMs: number): Promise<void> {
  await waitForAll('drained', withinMs)
}

async function settle(withinMs: number): Promise<void> {
  for (const user of await waitForAll('settled', withinMs)) user.giveUp()
}

/** Resolves with the clients that did not meet the condition in time. */
async function waitForAll(condition: 'drained' | 'settled', withinMs: number): Promise<VirtualUser[]> {
  const end = Date.now() + withinMs
  let rest = allUsers()
  while (rest.length > 0 && Date.now() < end) {
    const met = await Promise.all(rest.map((user) => user[condition]()))
    rest = rest.filter((_, i) => !met[i])
    if (rest.length > 0) await delay(POLL_MS)
  }
  return rest
}

function end(): void {
  setRate(0)
  for (const { client } of allUsers()) client.close()
  recorder?.close()
  // Pending work, such as open polls, is irrelevant.
  setImmediate(() => process.exit(0))
}

async function run(poolCommand: PoolCommand): Promise<unknown> {
  switch (poolCommand.type) {
    case 'connect':
      return connect(poolCommand.plan)
    case 'load':
      return setRate(poolCommand.perSecond)
    case 'check members':
      return Promise.all(allUsers().map((user) => user.checkMembers()))
    case 'cut':
      for (const { network } of usersNamed(poolCommand.whos)) network.cut()
      return
    case 'stall':
      return Promise.all(usersNamed(poolCommand.whos).map((user) => stall(user, poolCommand.forMs)))
    case 'vanish':
      return Promise.all(
        usersNamed(poolCommand.whos).map((user) => vanish(user, poolCommand.forMs, poolCommand.speaking)),
      )
    case 'flood':
      return Promise.all(usersNamed([poolCommand.who]).map((user) => flood(user, poolCommand.room, poolCommand.forMs)))
    case 'drain':
      return drain(poolCommand.withinMs)
    case 'settle':
      return settle(poolCommand.withinMs)
    case 'try connections':
      return Promise.all(usersNamed(poolCommand.whos).map((user) => user.tryConnections(poolCommand.count)))
    case 'disconnect':
      for (const { client } of allUsers()) client.close()
      return
    case 'end':
      return end()
  }
}

function figures(): RunStats {
  const sum = (of: (user: VirtualUser) => number) => allUsers().reduce((total, user) => total + of(user), 0)
  const nodes: RunStats['nodes'] = {}
  for (const { who, client } of allUsers()) {
    const { node } = client.state
    if (node !== undefined) nodes[node] = [...(nodes[node] ?? []), who]
  }
  return {
    users: virtualUsers.size,
    live: sum(({ client }) => (client.state.state === 'live' ? 1 : 0)),
    waiting: sum(({ client }) => client.waiting),
    sent: sum(({ count }) => count.sent),
    messages: sum(({ count }) => count.messages),
    acknowledged: sum(({ count }) => count.acknowledged),
    delivered: sum(({ count }) => count.delivered),
    nodes,
  }
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

process.on('message', (message: ToWorker) => {
  const failed = (error: unknown) =>
    send({ done: message.id, failed: error instanceof Error ? error.stack : String(error) })
  run(message).then(() => send({ done: message.id }), failed)
})
// Ctrl-C reaches the whole process group; the main program stops its workers, and they exit when it is gone.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
