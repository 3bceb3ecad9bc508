import { closeSync, openSync, writeSync } from 'node:fs'
import type { Entry } from '../../protocol/entry.ts'
import { digest, seen } from './digest.ts'
import type { Batch, Command, HistoryEvent, Of, What } from './history.ts'

type Run = Of<'received'> | Of<'delivered'>
/** An event as passed to `note`, which adds the times. */
type NewEvent = What extends infer W ? (W extends What ? Omit<W, 'till'> : never) : never

const WRITE_AT_CHARS = 256 * 1_024
/** Consecutive entries within this time are merged into one line. */
const RUN_MS = 1_000

/** Writes one process's part of the history, one JSON event per line. */
export class Recorder {
  readonly #file: number
  readonly #names = new WeakMap<Entry, string>()
  readonly #known = new Set<string>()
  /** By client, then by kind and room: the last batch, which may still grow. */
  readonly #runs = new Map<string, Map<string, Run>>()
  #text = ''

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  note(who: string, what: NewEvent): void {
    const at = Date.now()
    if (what.what === 'received' || what.what === 'delivered') {
      this.#run({ at, who, till: at, ...what })
      return
    }
    // Flush first, so that this event follows the deliveries that preceded it.
    this.#endRuns(who)
    this.#write({ at, who, ...what })
  }

  /** Groups entries by consecutive seq, each as its digest; a gap or a repeat starts a new batch. */
  batches(epoch: string, entries: readonly Entry[]): Batch[] {
    const batches: Batch[] = []
    for (const entry of entries) {
      const last = batches.at(-1)
      if (last && entry.seq === last.from + last.digests.length) last.digests.push(this.name(entry))
      else batches.push({ epoch, from: entry.seq, digests: [this.name(entry)] })
    }
    return batches
  }

  /** The command with a digest in place of its text. */
  withDigest(command: Command): Command {
    return command.text === undefined ? command : { ...command, text: digest(command.text) }
  }

  name(entry: Entry): string {
    const known = this.#names.get(entry)
    if (known) return known
    const name = digest(JSON.stringify(entry))
    this.#names.set(entry, name)
    if (!this.#known.has(name)) {
      this.#known.add(name)
      this.#write({ at: Date.now(), who: 'chaos', what: 'entry', digest: name, entry: seen(entry) })
    }
    return name
  }

  close(): void {
    for (const who of this.#runs.keys()) this.#endRuns(who)
    this.#flush()
    closeSync(this.#file)
  }

  #run(next: Run): void {
    const runs = this.#runs.get(next.who) ?? new Map<string, Run>()
    this.#runs.set(next.who, runs)
    const key = `${next.what} ${next.room}`
    const run = runs.get(key)
    if (run && continues(run, next)) {
      run.digests.push(...next.digests)
      run.till = next.at
      return
    }
    if (run) this.#write(run)
    runs.set(key, next)
  }

  #endRuns(who: string): void {
    for (const run of this.#runs.get(who)?.values() ?? []) this.#write(run)
    this.#runs.delete(who)
  }

  #write(historyEvent: HistoryEvent): void {
    this.#text += `${JSON.stringify(historyEvent)}\n`
    if (this.#text.length > WRITE_AT_CHARS) this.#flush()
  }

  #flush(): void {
    writeSync(this.#file, this.#text)
    this.#text = ''
  }
}

function continues(run: Run, next: Run): boolean {
  const link = (one: Run) => (one.what === 'received' ? one.link : undefined)
  const behind = next.from === run.from + run.digests.length && next.epoch === run.epoch
  return behind && link(next) === link(run) && next.at - run.at < RUN_MS
}
