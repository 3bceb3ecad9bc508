/** A startup failure that an operator can fix; the message says how. */
export class StartupError extends Error {
  override readonly name: string = 'StartupError'
}
