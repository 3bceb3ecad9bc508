/** What a script can tell from how the program ended. */
export const exitCode = {
  fine: 0,
  /** Something was refused, not sent, or lost. */
  lost: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nobody answered in time. */
  noConnection: 3,
  /** The cluster, or a room, does not let us in. */
  notLetIn: 4,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** The end of the program, in one sentence that says what to do. */
export class ExitError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
  ) {
    super(message)
  }
}
