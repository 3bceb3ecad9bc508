import { MATCH } from '../../../protocol/room.ts'
import type { GroupCommit } from './group-commit.ts'
import { keys } from './keys.ts'
import type { Snapshot } from './snapshot.ts'

/** How long a deleted log is remembered to have ended: longer than a command can be in flight. */
const OVER_MS = 60_000

/** Logs of ended matches: they accept no appends and are deleted. */
export class EndedMatches {
  readonly #rooms = new Set<string>()
  /** Logs that could not be deleted yet, with the ids of their users. */
  readonly #pending = new Map<string, string[]>()

  constructor(private readonly groupCommit: GroupCommit) {}

  has(room: string): boolean {
    return this.#rooms.has(room)
  }

  add(room: string, people: string[]): void {
    this.#rooms.add(room)
    this.#pending.set(room, people)
    setTimeout(() => this.#rooms.delete(room), OVER_MS).unref()
    void this.#tryDelete(room, people)
  }

  /** Deletes the logs of matches of earlier processes. */
  async init(): Promise<void> {
    const rooms = await this.groupCommit.read((view) => view.names(keys.head(MATCH), { limit: Infinity }))
    for (const room of rooms) await this.#delete(MATCH + room, [])
  }

  async tidy(): Promise<void> {
    for (const [room, people] of this.#pending) await this.#tryDelete(room, people)
  }

  async #tryDelete(room: string, people: string[]): Promise<void> {
    await this.#delete(room, people).then(
      () => this.#pending.delete(room),
      () => undefined,
    )
  }

  async #delete(room: string, people: string[]): Promise<void> {
    // Appends from before the end may still be in flight.
    await this.groupCommit.settled()
    const rows = await this.groupCommit.read((view) => rowsOf(view, room))
    await this.groupCommit.run((tx) => {
      for (const key of rows) {
        const { until } = (tx.get(key) ?? {}) as { until?: number }
        if (until !== undefined) tx.delete(keys.due(until, key))
        tx.delete(key)
      }
      tx.delete(keys.head(room))
      for (const user of people) tx.delete(keys.read(user, room))
    })
  }
}

async function rowsOf(view: Snapshot, room: string): Promise<string[]> {
  const prefixes = ['entry', 'edits', 'reactions', 'sent'].map((kind) => `${kind}/${room}/`)
  const keysByPrefix = prefixes.map(async (prefix) =>
    (await view.names(prefix, { limit: Infinity })).map((n) => prefix + n),
  )
  return (await Promise.all(keysByPrefix)).flat()
}
