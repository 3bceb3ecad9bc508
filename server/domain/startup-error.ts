/** A reason not to start that a person can mend: its message says how. */
export class StartupError extends Error {
  override readonly name: string = 'StartupError'
}
