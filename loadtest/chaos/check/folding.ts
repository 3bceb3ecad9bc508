import type { HistoryEvent, Seen } from '../history.ts'
import type { Delivered, Deliveries } from './deliveries.ts'
import type { ExpectedLog } from './expected-log.ts'
import type { Judge, Violation } from './violation.ts'

/** At the end, all clients derive the same state for every message they received. */
export class Folding implements Judge {
  constructor(
    private readonly expectedLog: ExpectedLog,
    private readonly deliveries: Deliveries,
  ) {}

  take(_: HistoryEvent): void {}

  end(): Violation[] {
    const { readers } = this.deliveries
    return this.expectedLog.logs.flatMap((log) => {
      const wanted = fold(this.expectedLog.whole(log))
      const here = readers.filter(({ room, epoch }) => room === log.room && epoch === log.epoch)
      return here.flatMap((delivered) => [...this.#differences(delivered, wanted)])
    })
  }

  *#differences({ who, room, first, names }: Delivered, wanted: Map<number, string>): Generator<Violation> {
    const entries = names.flatMap((name) => this.expectedLog.entry(name) ?? [])
    for (const [seq, state] of fold(entries)) {
      if (seq < first || state === wanted.get(seq)) continue
      const sentence = `${who} sees ${room} ${seq} as ${state}; it is ${wanted.get(seq)}.`
      yield { kind: 'diverged', sentence, who, room, seq }
      return
    }
  }
}

interface MessageState {
  text: string
  deleted: boolean
  reactions: Set<string>
}

/** Applies edits, deletions and reactions; returns the resulting state of each message as a comparable string. */
function fold(entries: Iterable<Seen>): Map<number, string> {
  const states = new Map<number, MessageState>()
  for (const { kind, seq, target = 0, text, deleted, by, emoji, on } of entries) {
    if (kind === 'message') {
      states.set(seq, { text: text ?? '', deleted: deleted === true, reactions: new Set() })
      continue
    }
    const state = states.get(target)
    if (!state) continue
    if (kind === 'delete') state.deleted = true
    // The server removes the text of an edit together with its message; the deletion entry follows.
    if (kind === 'edit') state.text = text ?? ''
    const reaction = `${emoji} of ${by}`
    if (kind === 'reaction' && on) state.reactions.add(reaction)
    if (kind === 'reaction' && !on) state.reactions.delete(reaction)
  }
  return new Map([...states].map(([seq, state]) => [seq, format(state)]))
}

const format = ({ text, deleted, reactions }: MessageState): string =>
  deleted ? 'deleted' : `“${text}” with ${[...reactions].sort().join(', ') || 'nothing'}`
