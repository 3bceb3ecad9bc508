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
  readonly #pending = new Map<string, Of<'join request'> | undefined>()
  /** Streams that may have begun with a response that arrived after its timeout. */
  readonly #unconfirmed = new Set<string>()
  readonly #violations: Violation[] = []

  take(historyEvent: HistoryEvent): void {
    if (!('link' in historyEvent) || !('room' in historyEvent)) return
    const key = `${historyEvent.who} ${historyEvent.link} ${historyEvent.room}`
    switch (historyEvent.what) {
      case 'join request':
        this.#pending.set(key, historyEvent)
        break
      case 'joined':
        this.#begin(key, historyEvent)
        break
      case 'received':
        this.#receive(key, historyEvent)
        break
      case 'response timeout':
        this.#unconfirmed.add(key)
        break
      case 'join failed':
      case 'left':
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
    const requested = this.#pending.get(key)
    this.#pending.set(key, undefined)
    this.#unconfirmed.delete(key)
    const last = from + digests.length - 1
    if (!requested) this.#wrong(joined, `The response to room:join has a gap before ${room} ${from}.`, from)
    const continues = requested?.after !== undefined && requested.epoch === epoch && !truncated
    if (continues && from !== requested.after! + 1) {
      this.#wrong(joined, `The response to room:join after ${requested.after} begins with ${room} ${from}.`, from)
    }
    if (more ? last >= head : last !== head) {
      this.#wrong(joined, `The response to room:join ends with ${room} ${last}, head ${head}, more: ${more}.`, last)
    }
    this.#streams.set(key, { epoch, next: head + 1 })
  }

  #receive(key: string, received: Of<'received'>): void {
    const { room, epoch, from, digests } = received
    const known = this.#streams.get(key)
    const begins = from !== known?.next && this.#unconfirmed.delete(key)
    const stream = begins ? { epoch, next: from } : known
    if (!stream) {
      this.#wrong(received, `${room} ${from} arrived on a connection without a stream of the room.`, from)
      return
    }
    if (stream.epoch !== epoch) this.#wrong(received, `${room} changed its epoch within a stream.`, from)
    else if (from !== stream.next) {
      this.#wrong(received, `${room} ${from} arrived on a connection where ${stream.next} was next.`, from)
    }
    this.#streams.set(key, { epoch, next: from + digests.length })
  }

  #wrong({ who, room }: Of<'received' | 'joined'>, sentence: string, seq: number): void {
    this.#violations.push({ kind: 'stream', sentence: `${who}: ${sentence}`, who, room, seq })
  }
}
