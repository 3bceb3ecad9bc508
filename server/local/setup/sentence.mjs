/** What went wrong and what to do about it, for the person at the terminal: shown without a stack. */
export class Sentence extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
