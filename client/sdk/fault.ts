import type { Fault, FaultCode } from '../../protocol/faults.ts'

/** A no, as an Error: from a node, or `unavailable` when the connection failed before an answer came. */
export class ChatFault extends Error {
  override readonly name = 'ChatFault'
  readonly code: FaultCode
  readonly retryable: boolean
  readonly retryInMs?: number

  constructor(fault: Fault) {
    super(fault.message)
    this.code = fault.code
    this.retryable = fault.retryable
    this.retryInMs = fault.retryInMs
  }
}

/** The end of a letter that a person took back. */
export class Discarded extends ChatFault {
  constructor() {
    super({ code: 'unavailable', message: 'It was discarded.', retryable: false })
  }
}

export const unanswered = (message: string) => new ChatFault({ code: 'unavailable', message, retryable: true })

/** Anything caught, as a fault. What nobody foresaw is not worth trying again. */
export function asFault(error: unknown): ChatFault {
  if (error instanceof ChatFault) return error
  return new ChatFault({ code: 'unavailable', message: String(error), retryable: false })
}
