/** An error that is shown to the user without a stack trace: what went wrong and what to do about it. */
export class UserError extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
