/** Exit codes of the program. */
export const exitCode = {
  ok: 0,
  /** A message was rejected, not sent, or lost. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No connection within the timeout. */
  noConnection: 3,
  /** The server or a room denies access. */
  accessDenied: 4,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Ends the program with an exit code. The message is for the user, and says what to do. */
export class ExitError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
  ) {
    super(message)
  }
}
