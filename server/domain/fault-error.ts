import { type Fault, type FaultCode, faults } from '../../protocol/faults.ts'

/** An expected no. Throw it anywhere; the doors (gateway/answer.ts, http/answer.ts) turn it into a fault. */
export class FaultError extends Error {
  constructor(
    readonly code: FaultCode,
    /** A sentence for people: what is wrong, and what to do next. */
    message: string,
    readonly retryInMs?: number,
  ) {
    // Nobody reads where an expected no came from, and to find out costs more than most commands.
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

/** The store did not answer: nothing was accepted as far as we know, and the same request may succeed soon. */
export const unavailable = (message = 'The store does not answer just now. Try again.', retryInMs = 1_000) =>
  new FaultError('unavailable', message, Math.ceil(retryInMs))

/** Room is made by an operator, or by entries that expire: not at once. */
const FULL_RETRY_MS = 5_000

/** Nothing can be stored until there is room again; reading goes on. `what` is full. */
export class StoreFull extends FaultError {
  constructor(what: 'store' | 'disk') {
    const message = `The ${what} is full: nothing can be stored until there is room again. Reading goes on.`
    super('unavailable', message, FULL_RETRY_MS)
  }
}
