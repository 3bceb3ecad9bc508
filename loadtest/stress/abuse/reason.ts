/** Reason of a closed connection, without the body of the response. */
export const reasonOf = (reason: string): string => reason.replace(/ ?\{.*$/s, '')
