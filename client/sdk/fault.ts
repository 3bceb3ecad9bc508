import type { Fault, FaultCode } from '../../protocol/faults.ts'

/** An error response of a node, or `unavailable` when the connection failed before the response arrived. */
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

/** Rejection of a command that the user discarded. */
export class Discarded extends ChatFault {
  constructor() {
    super({ code: 'unavailable', message: 'The command was discarded.', retryable: false })
  }
}

/** The outcome is unknown: the request may or may not have been processed. */
export const unanswered = (message: string) => new ChatFault({ code: 'unavailable', message, retryable: true })

/** Converts anything caught to a ChatFault. Unexpected errors are not retryable. */
export function asFault(error: unknown): ChatFault {
  if (error instanceof ChatFault) return error
  return new ChatFault({ code: 'unavailable', message: String(error), retryable: false })
}
