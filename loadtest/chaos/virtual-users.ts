import { join } from 'node:path'
import type { Random } from '../measure/random.ts'
import type { Figures, PoolCommand, UserPlan } from './messages.ts'
import { ClientProcess } from './pool.ts'

/** The room of the slow readers: one member sends faster than the others read. */
const TORRENT = 'torrent'
const TORRENT_PEOPLE = 6
const PEOPLE_A_ROOM = 20
const PEOPLE_A_PROCESS = 50

/** All virtual users, in several worker processes. */
export class VirtualUsers {
  readonly people: UserPlan[]
  readonly #crowds: ClientProcess[] = []
  readonly #away = new Set<string>()

  constructor(count: number) {
    this.people = cast(count)
  }

  /** Resolves when all users have joined their rooms. `folder`: for the history files. */
  async arrive(where: { url: string; dedupeMs: number }, folder: string, random: Random): Promise<string[]> {
    const crowds = Math.max(2, Math.ceil(this.people.length / PEOPLE_A_PROCESS))
    const files = Array.from({ length: crowds }, (_, i) => join(folder, `crowd-${i + 1}.ndjson`))
    for (const [i, file] of files.entries()) {
      const people = this.people.filter((_, number) => number % crowds === i)
      this.#crowds.push(new ClientProcess(people))
      await this.#crowds[i]!.tell({ order: 'arrive', crowd: { ...where, file, seed: random.below(2 ** 32), people } })
    }
    return files
  }

  /** Commands per second, all users together. */
  async talk(perSecond: number): Promise<void> {
    await this.#tellAll({ order: 'talk', perSecond: perSecond / this.people.length })
  }

  async checkMembers(): Promise<void> {
    await this.#tellAll({ order: 'check members' })
  }

  async cut(whos: string[]): Promise<void> {
    await this.#tellAll({ order: 'cut', whos })
  }

  async vanish(whos: string[], forMs: number, speaking = false): Promise<void> {
    for (const who of whos) this.#away.add(who)
    await this.#tellAll({ order: 'vanish', whos, forMs, speaking })
    for (const who of whos) this.#away.delete(who)
  }

  /** Half of the torrent room stops reading while another member sends more than any buffer holds. */
  async slowReaders(forMs: number): Promise<void> {
    const [speaker, ...others] = this.people.filter(({ rooms }) => rooms.includes(TORRENT))
    const whos = others.filter((_, i) => i % 2 === 0).map(({ who }) => who)
    const stalled = this.#tellAll({ order: 'stall', whos, forMs })
    await this.#tellAll({ order: 'pour', who: speaker!.who, room: TORRENT, forMs: forMs - 1_000 })
    await stalled
  }

  /** Two steps, so that no worker stops receiving while another still appends. */
  async settle(withinMs: number): Promise<void> {
    await this.#tellAll({ order: 'drain', withinMs })
    await this.#tellAll({ order: 'settle', withinMs })
  }

  /** Some users with one connection each open `count` further ones, which the cluster must accept. */
  async tryConnections(random: Random, users: number, count: number): Promise<void> {
    const whos = random.shuffled(this.people.map(({ who }) => who)).slice(0, users)
    await this.#tellAll({ order: 'try connections', whos, count })
  }

  async leave(): Promise<void> {
    await this.#tellAll({ order: 'leave' })
  }

  async end(): Promise<void> {
    await Promise.all(this.#crowds.map((crowd) => crowd.end()))
  }

  /** A random share of the connected clients, at least one. */
  some(random: Random, share: number): string[] {
    const count = Math.max(1, Math.round(this.people.length * share))
    const there = this.people.flatMap(({ who }) => (this.#away.has(who) ? [] : who))
    return random.shuffled(there).slice(0, count)
  }

  /** Names of the clients connected to a node. */
  on(node: string): string[] {
    const whos = this.#crowds.flatMap(({ figures }) => figures?.nodes[node] ?? [])
    return whos.filter((who) => !this.#away.has(who))
  }

  get figures(): Omit<Figures, 'nodes'> {
    const sum = (of: keyof Omit<Figures, 'nodes'>) =>
      this.#crowds.reduce((total, { figures }) => total + (figures?.[of] ?? 0), 0)
    return {
      people: this.people.length,
      live: sum('live'),
      waiting: sum('waiting'),
      said: sum('said'),
      messages: sum('messages'),
      acknowledged: sum('acknowledged'),
      handed: sum('handed'),
    }
  }

  async #tellAll(poolCommand: PoolCommand): Promise<void> {
    await Promise.all(this.#crowds.map((crowd) => crowd.tell(poolCommand)))
  }
}

/**
 * Assigns each user two rooms with different neighbors; one in four uses long-polling, one in four starts with it and
 * upgrades.
 */
function cast(count: number): UserPlan[] {
  const rooms = Math.max(3, Math.round((2 * count) / PEOPLE_A_ROOM))
  return Array.from({ length: count }, (_, i) => {
    const first = i % rooms
    const second = (first + 1 + (Math.floor(i / rooms) % (rooms - 1))) % rooms
    const transports = ([['polling'], ['websocket'], undefined, ['websocket']] as const)[i % 4]
    const slow = i < 2 * TORRENT_PEOPLE && i % 2 === 1
    return {
      who: `c${i + 1}`,
      ...(transports && { transports: [...transports] }),
      rooms: [...(slow ? [TORRENT] : []), `room-${first + 1}`, `room-${second + 1}`],
    }
  })
}
