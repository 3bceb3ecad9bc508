import { type Fault, type FaultCode, faults } from '../../protocol/faults.ts'

/** An expected error. May be thrown anywhere; gateway and HTTP send it to the client as a fault. */
export class FaultError extends Error {
  constructor(
    readonly code: FaultCode,
    /** For people: what is wrong, and what to do next. */
    message: string,
    readonly retryInMs?: number,
  ) {
    // The stack of an expected error is never read, and capturing it costs more than most commands.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'FaultError'
  }

  get fault(): Fault {
    const { code, message, retryInMs } = this
    return { code, message, retryable: faults[code].retryable, ...(retryInMs !== undefined && { retryInMs }) }
  }
}

/** The store did not answer: the outcome is unknown, and the same request may succeed on a retry. */
export const unavailable = (message = 'The store does not answer just now. Try again.', retryInMs = 1_000) =>
  new FaultError('unavailable', message, Math.ceil(retryInMs))

/** Space becomes free when an operator adds some or entries expire, which takes a while. */
const FULL_RETRY_MS = 5_000

/** Nothing can be stored until space is free; reads still work. `what` is full. */
export class StoreFull extends FaultError {
  constructor(what: 'store' | 'disk') {
    const message = `The ${what} is full: nothing can be stored until there is room again. Reading goes on.`
    super('unavailable', message, FULL_RETRY_MS)
  }
}
