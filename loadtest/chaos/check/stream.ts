import type { HistoryEvent, Of } from '../history.ts'
import type { Judge, Violation } from './violation.ts'

interface Stream {
  epoch: string
  /** Seq that must come next. */
  next: number
}

/**
 * A room's stream on a connection begins after the response to room:join, has no gaps, delivers each entry once, and
 * ends with room:stale or the response to room:leave.
 */
export class Streams implements Judge {
  readonly #streams = new Map<string, Stream>()
  /** The last room:join on a connection; undefined once answered. */
  readonly #asked = new Map<string, Of<'joins'> | undefined>()
  /** Streams that may have begun with a response that arrived after its timeout. */
  readonly #unheard = new Set<string>()
  readonly #violations: Violation[] = []

  take(historyEvent: HistoryEvent): void {
    if (!('link' in historyEvent) || !('room' in historyEvent)) return
    const key = `${historyEvent.who} ${historyEvent.link} ${historyEvent.room}`
    switch (historyEvent.what) {
      case 'joins':
        this.#asked.set(key, historyEvent)
        break
      case 'joined':
        this.#begin(key, historyEvent)
        break
      case 'hears':
        this.#hear(key, historyEvent)
        break
      case 'unanswered':
        this.#unheard.add(key)
        break
      case 'not joined':
      case 'parted':
      case 'stale':
        this.#streams.delete(key)
        break
    }
  }

  end(): Violation[] {
    return this.#violations
  }

  #begin(key: string, joined: Of<'joined'>): void {
    const { room, epoch, head, from, digests, more, truncated } = joined
    const asked = this.#asked.get(key)
    this.#asked.set(key, undefined)
    this.#unheard.delete(key)
    const last = from + digests.length - 1
    if (!asked) this.#wrong(joined, `The answer to room:join has a hole before ${room} ${from}.`, from)
    const goesOn = asked?.after !== undefined && asked.epoch === epoch && !truncated
    if (goesOn && from !== asked.after! + 1) {
      this.#wrong(joined, `The answer to room:join after ${asked.after} begins with ${room} ${from}.`, from)
    }
    if (more ? last >= head : last !== head) {
      this.#wrong(joined, `The answer to room:join ends with ${room} ${last}, head ${head}, more: ${more}.`, last)
    }
    this.#streams.set(key, { epoch, next: head + 1 })
  }

  #hear(key: string, heard: Of<'hears'>): void {
    const { room, epoch, from, digests } = heard
    const known = this.#streams.get(key)
    const begins = from !== known?.next && this.#unheard.delete(key)
    const stream = begins ? { epoch, next: from } : known
    if (!stream) {
      this.#wrong(heard, `${room} ${from} came on a connection on which no stream of it ran.`, from)
      return
    }
    if (stream.epoch !== epoch) this.#wrong(heard, `${room} changed its epoch in the middle of a stream.`, from)
    else if (from !== stream.next) {
      this.#wrong(heard, `${room} ${from} came on a connection where ${stream.next} was next.`, from)
    }
    this.#streams.set(key, { epoch, next: from + digests.length })
  }

  #wrong({ who, room }: Of<'hears' | 'joined'>, sentence: string, seq: number): void {
    this.#violations.push({ kind: 'stream', sentence: `${who}: ${sentence}`, who, room, seq })
  }
}
