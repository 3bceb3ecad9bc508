import { join } from 'node:path'
import type { Random } from '../measure/random.ts'
import type { PoolCommand, RunStats, UserPlan } from './messages.ts'
import { ClientProcess } from './pool.ts'

/** The room of the slow readers: one member sends faster than the others read. */
const TORRENT = 'torrent'
const TORRENT_USERS = 6
const USERS_PER_ROOM = 20
const USERS_PER_PROCESS = 50

/** All virtual users, in several worker processes. */
export class VirtualUsers {
  readonly users: UserPlan[]
  readonly #workers: ClientProcess[] = []
  readonly #away = new Set<string>()

  constructor(count: number) {
    this.users = cast(count)
  }

  /** Resolves when all users have joined their rooms. `folder`: for the history files. */
  async connect(where: { url: string; dedupeMs: number }, folder: string, random: Random): Promise<string[]> {
    const count = Math.max(2, Math.ceil(this.users.length / USERS_PER_PROCESS))
    const files = Array.from({ length: count }, (_, i) => join(folder, `worker-${i + 1}.ndjson`))
    for (const [i, file] of files.entries()) {
      const users = this.users.filter((_, number) => number % count === i)
      this.#workers.push(new ClientProcess(users))
      await this.#workers[i]!.request({ type: 'connect', plan: { ...where, file, seed: random.below(2 ** 32), users } })
    }
    return files
  }

  /** Commands per second, all users together. */
  async setRate(perSecond: number): Promise<void> {
    await this.#broadcast({ type: 'load', perSecond: perSecond / this.users.length })
  }

  async checkMembers(): Promise<void> {
    await this.#broadcast({ type: 'check members' })
  }

  async cut(whos: string[]): Promise<void> {
    await this.#broadcast({ type: 'cut', whos })
  }

  async vanish(whos: string[], forMs: number, speaking = false): Promise<void> {
    for (const who of whos) this.#away.add(who)
    await this.#broadcast({ type: 'vanish', whos, forMs, speaking })
    for (const who of whos) this.#away.delete(who)
  }

  /** Half of the torrent room stops reading while another member sends more than any buffer holds. */
  async slowReaders(forMs: number): Promise<void> {
    const [speaker, ...others] = this.users.filter(({ rooms }) => rooms.includes(TORRENT))
    const whos = others.filter((_, i) => i % 2 === 0).map(({ who }) => who)
    const stalled = this.#broadcast({ type: 'stall', whos, forMs })
    await this.#broadcast({ type: 'flood', who: speaker!.who, room: TORRENT, forMs: forMs - 1_000 })
    await stalled
  }

  /** Two steps, so that no worker stops receiving while another still appends. */
  async settle(withinMs: number): Promise<void> {
    await this.#broadcast({ type: 'drain', withinMs })
    await this.#broadcast({ type: 'settle', withinMs })
  }

  /** Some users with one connection each open `count` further ones, which the cluster must accept. */
  async tryConnections(random: Random, users: number, count: number): Promise<void> {
    const whos = random.shuffled(this.users.map(({ who }) => who)).slice(0, users)
    await this.#broadcast({ type: 'try connections', whos, count })
  }

  async disconnect(): Promise<void> {
    await this.#broadcast({ type: 'disconnect' })
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()))
  }

  /** A random share of the connected clients, at least one. */
  some(random: Random, share: number): string[] {
    const count = Math.max(1, Math.round(this.users.length * share))
    const there = this.users.flatMap(({ who }) => (this.#away.has(who) ? [] : who))
    return random.shuffled(there).slice(0, count)
  }

  /** Names of the clients connected to a node. */
  on(node: string): string[] {
    const whos = this.#workers.flatMap(({ figures }) => figures?.nodes[node] ?? [])
    return whos.filter((who) => !this.#away.has(who))
  }

  get figures(): Omit<RunStats, 'nodes'> {
    const sum = (of: keyof Omit<RunStats, 'nodes'>) =>
      this.#workers.reduce((total, { figures }) => total + (figures?.[of] ?? 0), 0)
    return {
      users: this.users.length,
      live: sum('live'),
      waiting: sum('waiting'),
      sent: sum('sent'),
      messages: sum('messages'),
      acknowledged: sum('acknowledged'),
      delivered: sum('delivered'),
    }
  }

  async #broadcast(poolCommand: PoolCommand): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.request(poolCommand)))
  }
}

/**
 * Assigns each user two rooms with different neighbors; one in four uses long-polling, one in four starts with it and
 * upgrades.
 */
function cast(count: number): UserPlan[] {
  const rooms = Math.max(3, Math.round((2 * count) / USERS_PER_ROOM))
  return Array.from({ length: count }, (_, i) => {
    const first = i % rooms
    const second = (first + 1 + (Math.floor(i / rooms) % (rooms - 1))) % rooms
    const transports = ([['polling'], ['websocket'], undefined, ['websocket']] as const)[i % 4]
    const slow = i < 2 * TORRENT_USERS && i % 2 === 1
    return {
      who: `c${i + 1}`,
      ...(transports && { transports: [...transports] }),
      rooms: [...(slow ? [TORRENT] : []), `room-${first + 1}`, `room-${second + 1}`],
    }
  })
}
