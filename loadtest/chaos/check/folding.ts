import type { HistoryEvent, Seen } from '../history.ts'
import type { Delivered, Deliveries } from './deliveries.ts'
import type { ExpectedLog } from './expected-log.ts'
import type { Judge, Violation } from './violation.ts'

/** At the end, all clients derive the same state for every message they received. */
export class Folding implements Judge {
  constructor(
    private readonly expectedLog: ExpectedLog,
    private readonly hearing: Deliveries,
  ) {}

  take(_: HistoryEvent): void {}

  end(): Violation[] {
    const { readers } = this.hearing
    return this.expectedLog.logs.flatMap((log) => {
      const wanted = fold(this.expectedLog.whole(log))
      const here = readers.filter(({ room, epoch }) => room === log.room && epoch === log.epoch)
      return here.flatMap((delivered) => [...this.#differences(delivered, wanted)])
    })
  }

  *#differences({ who, room, first, names }: Delivered, wanted: Map<number, string>): Generator<Violation> {
    const entries = names.flatMap((name) => this.expectedLog.entry(name) ?? [])
    for (const [seq, picture] of fold(entries)) {
      if (seq < first || picture === wanted.get(seq)) continue
      const sentence = `${who} sees ${room} ${seq} as ${picture}; it is ${wanted.get(seq)}.`
      yield { kind: 'diverged', sentence, who, room, seq }
      return
    }
  }
}

interface Picture {
  text: string
  deleted: boolean
  reactions: Set<string>
}

/** Applies edits, deletions and reactions; returns the resulting state of each message as a comparable string. */
function fold(entries: Iterable<Seen>): Map<number, string> {
  const pictures = new Map<number, Picture>()
  for (const { kind, seq, target = 0, text, deleted, by, emoji, on } of entries) {
    if (kind === 'message') {
      pictures.set(seq, { text: text ?? '', deleted: deleted === true, reactions: new Set() })
      continue
    }
    const picture = pictures.get(target)
    if (!picture) continue
    if (kind === 'delete') picture.deleted = true
    // The server removes the text of an edit together with its message; the deletion entry follows.
    if (kind === 'edit') picture.text = text ?? ''
    const reaction = `${emoji} of ${by}`
    if (kind === 'reaction' && on) picture.reactions.add(reaction)
    if (kind === 'reaction' && !on) picture.reactions.delete(reaction)
  }
  return new Map([...pictures].map(([seq, picture]) => [seq, inWords(picture)]))
}

const inWords = ({ text, deleted, reactions }: Picture): string =>
  deleted ? 'deleted' : `“${text}” with ${[...reactions].sort().join(', ') || 'nothing'}`
